#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
#
# codespell finds no misspelled word, and reuse finds a licence for every file. Usage: spelling.sh SOURCE

set -u
cd "$1" || exit 1

# Words of the trade, and pieces of JSON texts behind a backslash.
words=crate,filetest,gir,inflight,nd,nin,te,ue

# check NAME PROGRAM ARGUMENT…
check ()
{
  local name=$1 found

  shift
  number=$((number + 1))
  if ! command -v "$1" >/dev/null; then
    echo "ok $number - $name # SKIP missing: $1"
  elif found=$("$@" 2>&1); then
    echo "ok $number - $name"
  else
    echo "not ok $number - $name"
    sed 's/^/# /' <<<"$found"
    status=1
  fi
}

number=0
status=0
check spelling codespell --quiet-level 3 --ignore-words-list "$words" \
  --skip '*.po,*.pot,*.png,*.pem,*/fuzz/corpus,*/vectors,node_modules,target,__pycache__,*.lock,package-lock.json' \
  README.md CONTRIBUTING.md SECURITY.md NEWS meson.build meson_options.txt bindings build-aux doc examples server-signal tests tool
# Elsewhere it would look at what was built.
if [ -e .git ]; then
  check licences reuse lint
else
  number=$((number + 1))
  echo "ok $number - licences # SKIP not a clone"
fi
echo "1..$number"
exit $status
