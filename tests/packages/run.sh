#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
#
# Makes a tarball, builds every kind of package of it, and tries those of Debian on a bare Debian 12: tests/run
# packages. Prints TAP. Needs root, for the folder with the bare system, which is deleted in the end.
# Usage: run.sh [FOLDER], in which the packages stay

set -uo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
here=$source/tests/packages
. "$source/build-aux/packages.sh"
work=$(mktemp -d)
output=$(realpath -m "${1:-$work/packages}")
root=$work/root
number=0
status=0

clean_up ()
{
  local folder

  # Mounts in it go first: rm would follow them.
  for folder in $(mount | awk -v root="$root/" 'index ($3, root) == 1 {print $3}' | sort -r); do
    umount "$folder" || umount --lazy "$folder" || exit 1
  done
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

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
    status=1
  fi
}

skip ()
{
  number=$((number + 1))
  echo "ok $number - $1 # SKIP $2"
}

# The tarball is of what is committed.
make_tarball ()
{
  git clone -q --no-hardlinks "$source" "$work/clone" &&
    meson setup "$work/clone/_build" "$work/clone" -Dtests=false -Dexamples=false -Dintrospection=disabled &&
    meson dist -C "$work/clone/_build" --no-tests --formats xztar &&
    mkdir -p "$output" &&
    rm -f "$output"/* &&
    cp "$work/clone/_build/meson-dist"/server-signal-*.tar.xz "$output"
}

# A parent project with the library as a subproject.
build_parent ()
{
  cp -R "$source/tests/install/parent" "$work/parent" &&
    cp "$source/tests/install/use.c" "$work/parent" &&
    mkdir -p "$work/parent/subprojects" &&
    cp "$source/build-aux/server-signal.wrap" "$work/parent/subprojects" &&
    tar -C "$work/parent/subprojects" -xf "$output"/server-signal-*.tar.xz --transform 's#^[^/]*#server-signal#' &&
    meson setup "$work/parent/_build" "$work/parent" --wrap-mode nodownload --force-fallback-for server-signal &&
    ninja -C "$work/parent/_build" &&
    meson test -C "$work/parent/_build"
}

build_debian ()
{
  "$source/build-aux/build-debian.sh" --tarball "$output"/server-signal-*.tar.xz "$output"
}

has_all_packages ()
{
  local name

  for name in $(sed -n 's/^Package: //p' "$source/build-aux/debian/control"); do
    ls "$output/${name}_"*.deb || return 1
  done
}

run_lintian ()
{
  lintian --allow-root --fail-on error --tag-display-limit 0 "$output"/*.changes
}

# On a Debian the packages of Fedora are missing, and are not asked for.
build_rpm ()
{
  mkdir -p "$work/rpm/SOURCES" &&
    cp "$output"/server-signal-*.tar.xz "$work/rpm/SOURCES" &&
    rpmbuild -bb --nodeps --without tests --define "_topdir $work/rpm" --load "$here/macros.rpm" \
      "$source/build-aux/rpm/server-signal.spec" &&
    [ "$(find "$work/rpm/RPMS" -name '*.rpm' ! -name '*debug*' | wc -l)" = 6 ]
}

# To build it would take a runtime, of some hundred megabytes. The option has to be the first one.
check_flatpak ()
{
  (cd "$work" && flatpak-builder --show-manifest "$here/app.json") >"$work/manifest" &&
    grep -- '-Dintrospection=enabled' "$work/manifest"
}

catches_removal ()
{
  "$here/abi.sh" "$source" "$work"
}

# A bare system with this machine's way to the mirror, and nothing else of it.
make_root ()
{
  local mirror

  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' 2>/dev/null | sort -u | head -n 1)
  debootstrap --variant=minbase bookworm "$root" "${mirror:-http://deb.debian.org/debian}" &&
    apt-config dump Acquire | grep -E '::(Proxy|CaInfo|Check-|Retries|https?::)' >"$root/etc/apt/apt.conf.d/90host"
  cp /etc/apt/sources.list.d/debian.sources "$root/etc/apt/sources.list.d/" 2>/dev/null && rm -f "$root/etc/apt/sources.list"
  # As every system has that was installed and not only unpacked.
  echo '127.0.0.1 localhost' >"$root/etc/hosts"
  mount -t proc proc "$root/proc" &&
    mount --rbind --make-rslave /dev "$root/dev" &&
    mkdir "$root/packages" "$root/source" &&
    cp "$output"/*.deb "$root/packages" &&
    cp -R "$source/examples" "$source/tests/install" "$here/bare.sh" "$source/build-aux/debian/control" "$root/source"
}

check 'meson dist makes a tarball' make_tarball
check 'a project that has it as a subproject builds, with neither tests nor examples' build_parent
# With the suite unit, unless DEB_BUILD_OPTIONS has nocheck.
check 'the packages of Debian build, from the tarball' build_debian
check 'there is each of them' has_all_packages
check 'lintian finds no error' run_lintian
check 'the packages of RPM build' build_rpm
check 'flatpak-builder reads the module' check_flatpak
check 'abidiff tells a symbol that was removed' catches_removal
if [ "$(id -u)" = 0 ]; then
  check 'a bare Debian 12' make_root
  while IFS= read -r line; do
    case "$line" in
      'ok '* | 'not ok '*)
        number=$((number + 1))
        echo "${line%% [0-9]*} $number - ${line#* - }"
        case "$line" in not*) status=1 ;; esac
        ;;
      *) echo "$line" ;;
    esac
  done < <(chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 bash /source/bare.sh)
else
  skip 'a bare Debian 12' 'needs root'
fi
echo "1..$number"
exit $status
