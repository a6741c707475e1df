#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
#
# Installs into an empty prefix and uses what is there from outside, as a user of the library would: C by
# pkg-config, Vala by its vapi, Python and GJS by the usual variables. Usage: install.sh BUILD SOURCE

set -u
build=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0
status=0

check ()
{
  local name=$1

  shift
  number=$((number + 1))
  if "$@" >"$work/log" 2>&1; then
    echo "ok $number - $name"
  else
    echo "not ok $number - $name"
    sed 's/^/# /' "$work/log"
    status=1
  fi
}

# DESTDIR moves the files away from the prefix that the build was configured with, and the one line of the
# pkg-config file that has it follows.
check 'meson install' env DESTDIR="$work/root" meson install -C "$build" --no-rebuild
prefix=$work/root$(meson introspect "$build" --buildoptions |
  python3 -c 'import json,sys; print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"))')
libdir=$(dirname "$(find "$prefix" -name 'libserver-signal-1.so' | head -n 1)")

export PKG_CONFIG_PATH=$libdir/pkgconfig
export LD_LIBRARY_PATH=$libdir
export GI_TYPELIB_PATH=$libdir/girepository-1.0
# The folder of PyGObject's own overrides, below DESTDIR.
override=$(find "$work/root" -path '*/gi/overrides/ServerSignal.py')
export PYTHONPATH=${override%/gi/overrides/ServerSignal.py}
export XDG_DATA_DIRS=$prefix/share:${XDG_DATA_DIRS:-/usr/local/share:/usr/share}
sed -i "s#^prefix=.*#prefix=$prefix#" "$libdir/pkgconfig/server-signal-1.pc"

compile_c ()
{
  # shellcheck disable=SC2046
  cc -Wall -Wextra -Werror -Wno-unused-parameter -o "$work/use-c" "$source/tests/install/use.c" \
    $(pkg-config --cflags --libs server-signal-1)
}

compile_vala ()
{
  # shellcheck disable=SC2046
  valac --vapidir "$prefix/share/vala/vapi" --pkg server-signal-1 \
    $(pkg-config --cflags --libs server-signal-1 | tr ' ' '\n' | grep . | sed 's/^/-X /') -X -w \
    -o "$work/use-vala" "$source/tests/install/use.vala"
}

no_private_symbols ()
{
  ! nm -D --defined-only "$libdir/libserver-signal-1.so.0" | grep -v ' server_signal_' | grep ' T '
}

only_public_headers ()
{
  ! find "$prefix/include" -name '*private*' -o -name 'ss-*' | grep .
}

check 'C compiles with pkg-config' compile_c
check 'C runs' "$work/use-c"
check 'Vala compiles with its vapi' compile_vala
check 'Vala runs' "$work/use-vala"
check 'Python finds the typelib and the override' "${PYTHON:-python3}" "$source/tests/install/use.py"
check 'GJS finds the typelib and the override' gjs -m "$source/tests/install/use.js"
check 'Vala knows its packages' grep -q json-glib-1.0 "$prefix/share/vala/vapi/server-signal-1.deps"
check 'the types for Python are beside the override' test -s "${override%.py}.pyi"
check 'and where checkers look for them' test -s "$PYTHONPATH/gi-stubs/repository/ServerSignal.pyi"
check 'no private symbol is exported' no_private_symbols
check 'no private header is installed' only_public_headers
echo "1..$number"
exit $status
