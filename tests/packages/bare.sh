#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
#
# In a bare Debian 12, by run.sh: installs the packages of /packages, runs what is in them and programs in four
# languages over them alone, and looks for what a purge leaves.

set -u
export DEBIAN_FRONTEND=noninteractive
work=$(mktemp -d)
number=0

check ()
{
  local name=$1

  shift
  number=$((number + 1))
  if "$@" >"$work/log" 2>&1; then
    echo "ok $number - $name"
  else
    echo "not ok $number - $name"
    tail -n 60 "$work/log" | sed 's/^/# /'
  fi
}

install ()
{
  apt-get install -y -q --no-install-recommends "$@"
}

packages ()
{
  printf "/packages/%s_*.deb\n" "$@" | while read -r pattern; do
    # shellcheck disable=SC2086
    ls $pattern
  done
}

# All files and folders, without what apt, dpkg, debconf and the linker keep of their own, and what programs
# that have run left in /tmp.
list_files ()
{
  find / -xdev \( -path /proc -o -path /dev -o -path /sys -o -path /packages -o -path /source -o -path /tmp \
    -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/cache/apt -o -path /var/cache/debconf \
    -o -path /var/cache/ldconfig -o -path /var/log/apt \) -prune \
    -o -print | grep -v -x -e /etc/ld.so.cache -e /var/log/dpkg.log -e /var/log/alternatives.log | sort
}

# await COMMAND…: until it succeeds.
await ()
{
  local turn

  for turn in $(seq 600); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  echo "never: $*"
  return 1
}

uri=
server=

start_server ()
{
  echo '{"value": 1}' >"$work/counter.json"
  server-signal serve --listen localhost:0 --no-page "$work/counter.json" >"$work/serve" 2>&1 &
  server=$!
  await grep -q '^ws:' "$work/serve" || { cat "$work/serve"; return 1; }
  uri=$(head -n 1 "$work/serve")
}

stop_server ()
{
  kill "$server"
  wait "$server"
}

set_value ()
{
  echo "{\"value\": $1}" >"$work/new" && mv "$work/new" "$work/counter.json"
}

run_command ()
{
  server-signal --version && start_server &&
    [ "$(server-signal get "$uri" counter/value)" = 1 ] &&
    set_value 2 &&
    server-signal wait --timeout 60 "$uri" counter/value 2 &&
    [ "$(server-signal list "$uri")" = counter ] &&
    stop_server
}

# follows PROGRAM…: a program of examples/watch prints each value.
follows ()
{
  local follower

  set_value 1
  server-signal wait --timeout 60 "$uri" counter/value 1 || return 1
  "$@" "$uri" >"$work/followed" 2>"$work/errors" &
  follower=$!
  await grep -q -x 1 "$work/followed" && set_value 7 && await grep -q -x 7 "$work/followed"
  local status=$?
  kill "$follower"
  wait "$follower" || status=1
  cat "$work/followed" "$work/errors"
  return $status
}

compile_c ()
{
  # shellcheck disable=SC2046
  cc -Wall -Werror -o "$work/$(basename "$1" .c)-c" "$1" $(pkg-config --cflags --libs server-signal-1)
}

compile_vala ()
{
  valac --pkg server-signal-1 -X -w -o "$work/$(basename "$1" .vala)-vala" "$1"
}

# The packages that ours need, without our own: "a (>= 1), b | c".
depends_of_ours ()
{
  local package

  for package in /packages/*.deb; do
    dpkg-deb -f "$package" Depends
  done | tr ',' '\n' | sed 's/^ *//' | grep . | grep -v -E "^($(sed -n 's/^Package: //p' /source/control | paste -s -d '|')) " |
    sort -u | paste -s -d ','
}

# Programs keep their caches at home.
export HOME=$work

check 'the lists of packages come' apt-get update -q
# shellcheck disable=SC2046
check 'the command is installed, with its library alone' install $(packages server-signal libserver-signal-1-0)
check 'it runs' run_command
check 'it is purged' apt-get purge -y -q --auto-remove server-signal libserver-signal-1-0
list_files >"$work/after"
check 'and no file has its name' sh -c "! grep -i -e server-signal -e serversignal '$work/after'"

check 'the languages are installed' install gcc libc6-dev pkg-config valac python3-gi gjs dbus-daemon
# Before ours, so that what ours leave can be told from what these would.
check 'the packages that ours need' apt-get satisfy -y -q --no-install-recommends "$(depends_of_ours)"
list_files >"$work/before"
# shellcheck disable=SC2046
check 'all packages are installed' install $(packages '*')
start_server
check 'C: a program that is built with the packages' compile_c /source/install/use.c
check 'C: it runs' "$work/use-c"
check 'C: the client is built' compile_c /source/examples/watch/watch.c
check 'C: the client follows' follows "$work/watch-c"
check 'Vala: a program that is built with the packages' compile_vala /source/install/use.vala
check 'Vala: it runs' "$work/use-vala"
check 'Vala: the client is built' compile_vala /source/examples/watch/watch.vala
check 'Vala: the client follows' follows "$work/watch-vala"
check 'Python: a program' python3 /source/install/use.py
check 'Python: the client follows' follows python3 /source/examples/watch/watch.py
check 'GJS: a program' gjs -m /source/install/use.js
check 'GJS: the client follows' follows gjs -m /source/examples/watch/watch.js
stop_server
check 'pages find the module' test -s /usr/share/javascript/server-signal/server-signal.js
check 'and where pkg-config says' test -s "$(pkg-config --variable pkgdatadir server-signal-1)/server-signal.js"
check 'types for TypeScript' server-signal-types --json counter="$work/counter.json"
check 'the manual' test -s /usr/share/doc/server-signal-1/index.html
check 'the tests of what is installed' gnome-desktop-testing-runner server-signal-1

check 'they are purged' apt-get purge -y -q $(sed -n 's/^Package: //p' /source/control)
list_files >"$work/after"
check 'nothing of them is left' diff "$work/before" "$work/after"
check 'and dpkg knows none' sh -c '! dpkg-query -W -f "\${Package}\n" | grep -i -e server-signal -e serversignal'
rm -rf "$work"
