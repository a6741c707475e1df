#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
#
# Has cargo build the Rust programs of this suite into a build directory, and with --page the page as well:
#
#   tests/interop/build.sh BUILD_DIRECTORY [--page]
#
# With nothing of it there yet the programs take about 150 seconds of one processor. The page takes about
# 400 more: it is WebAssembly, for which the standard library is compiled first, unless the toolchain has
# it. Debian 12 has a compiler that comes with the sources of its library.

set -uo pipefail
cd "$(dirname "$0")/../.."
. build-aux/packages.sh

build_directory=$(realpath "$1")/tests/interop
target=wasm32-unknown-unknown

# Beside what cargo writes, so that no lock file gets into the sources.
mkdir -p "$build_directory"
cp -rp tests/interop/Cargo.toml tests/interop/src tests/interop/page tests/interop/bindgen "$build_directory/"
cd "$build_directory" || exit 1
export CARGO_TARGET_DIR=$build_directory/target

cargo_build ()
{
  timeout 1500 cargo build --quiet "$@"
}

cargo_build || exit 1
[ "${2:-}" = --page ] || exit 0

cargo_build --manifest-path bindgen/Cargo.toml || exit 1
if [ -d "$(rustc --print target-libdir --target $target)" ]; then
  cargo_build --manifest-path page/Cargo.toml --target $target || exit 1
else
  # shellcheck disable=SC2086
  ensure_packages $PACKAGES_WASM || exit 1
  export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=rust-lld
  cargo_build --manifest-path page/Cargo.toml --target $target -Z build-std=std,panic_abort || exit 1
fi
target/debug/bindgen target/$target/debug/leptos_page.wasm pkg
