#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
#
# Compares the library with that of the last release, the last tag that HEAD comes from: whatever programs were
# built with must still be there and be the same. Additions do not count. Needs abidiff (abigail-tools).

set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)

usage ()
{
  cat <<'USAGE'
Usage: build-aux/abi.sh                 the last tag with the present tree
       build-aux/abi.sh PREFIX PREFIX   two that are installed already, the older one first
USAGE
}

# install SOURCE BUILD PREFIX
install ()
{
  meson setup "$2" "$1" --prefix="$3" -Dtests=false -Dexamples=false -Dintrospection=disabled >/dev/null
  ninja -C "$2" >/dev/null
  meson install -C "$2" --quiet
}

# compare OLD NEW
compare ()
{
  local old new

  old=$(find "$1" -name 'libserver-signal-1.so.0.*' | head -n 1)
  new=$(find "$2" -name 'libserver-signal-1.so.*.*' | head -n 1)
  abidiff --no-added-syms --drop-private-types --headers-dir1 "$1/include" --headers-dir2 "$2/include" "$old" "$new"
}

case $# in
  2) compare "$1" "$2"; exit ;;
  0) ;;
  *) usage >&2; exit 2 ;;
esac

if ! tag=$(git -C "$source" describe --tags --abbrev=0 2>/dev/null); then
  echo 'There is no release yet that the library could be compared with.'
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"; git -C "$source" worktree prune' EXIT
git -C "$source" worktree add --quiet --detach "$work/old-source" "$tag"
install "$work/old-source" "$work/old-build" "$work/old"
install "$source" "$work/new-build" "$work/new"
echo "Compared with $tag:"
compare "$work/old" "$work/new" && echo 'nothing is missing or different.'
