#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
#
# Builds the packages of Debian into a folder: of a tarball that "meson dist" has made, or of what is committed.
# dpkg-buildpackage wants its debian/ at the top, where upstream projects should not have one.

set -euo pipefail

usage='Usage: build-aux/build-debian.sh [--tarball FILE] FOLDER [OPTION OF dpkg-buildpackage…]'
source=$(cd "$(dirname "$0")/.." && pwd)
tarball=
if [ "${1:-}" = --tarball ]; then
  tarball=$(realpath "${2:?$usage}")
  shift 2
fi
mkdir -p "${1:?$usage}"
output=$(realpath "$1")
shift

# The same folder each time, which the compiler's cache knows.
work=$output/build
rm -rf "$work"
mkdir "$work"
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$source/meson.build")
name=server-signal-$version
original=$work/server-signal_$version.orig.tar.xz

if [ -n "$tarball" ]; then
  cp "$tarball" "$original"
else
  git -C "$source" archive --prefix="$name/" HEAD | xz -1 >"$original"
fi
tar -C "$work" -xf "$original"
cp -R "$work/$name/build-aux/debian" "$work/$name/debian"
(cd "$work/$name" && dpkg-buildpackage --no-sign "$@")
find "$work" -maxdepth 1 -type f -exec mv -t "$output" {} +
rm -rf "$work"
