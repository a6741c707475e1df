#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
#
# build-aux/abi.sh tells a symbol that was removed, and says nothing of a library that is the same or has more.
# Usage: abi.sh SOURCE WORK

set -euo pipefail
source=$1 work=$2/abi

meson setup "$work/build" "$source" --prefix="$work/all" -Dtests=false -Dexamples=false -Dintrospection=disabled
ninja -C "$work/build"
meson install -C "$work/build" --quiet
cp -R "$work/all" "$work/less"

# The same objects once more, with one function hidden.
library=$(find "$work/less" -name 'libserver-signal-1.so.0.*')
echo '{ local: server_signal_move; };' >"$work/map"
# shellcheck disable=SC2046
cc -shared -o "$library" -Wl,-soname,libserver-signal-1.so.0 -Wl,--version-script="$work/map" \
  -Wl,--whole-archive "$(find "$work/build" -name 'libserver-signal-internal.a')" -Wl,--no-whole-archive \
  $(pkg-config --libs gio-2.0 libsoup-3.0 json-glib-1.0 hiredis) -lm

"$source/build-aux/abi.sh" "$work/all" "$work/all"
"$source/build-aux/abi.sh" "$work/less" "$work/all"
! "$source/build-aux/abi.sh" "$work/all" "$work/less" >"$work/log"
grep server_signal_move "$work/log"
