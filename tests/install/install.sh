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

# As in the environment of "meson devenv", where pkg-config prefers the file that is named so.
compile_uninstalled ()
{
  # shellcheck disable=SC2046
  PKG_CONFIG_PATH=$build/meson-uninstalled cc -Wall -Wextra -Werror -Wno-unused-parameter -o "$work/use-uninstalled" \
    "$source/tests/install/use.c" $(PKG_CONFIG_PATH=$build/meson-uninstalled pkg-config --cflags --libs server-signal-1) &&
    LD_LIBRARY_PATH=$build/server-signal "$work/use-uninstalled"
}

has_web_files ()
{
  local folder

  folder=$(pkg-config --variable pkgdatadir server-signal-1) &&
    test -s "$folder/server-signal.js" && test -s "$folder/adapters/react.js" &&
    test -s "$(PKG_CONFIG_PATH=$build/meson-uninstalled pkg-config --variable pkgdatadir server-signal-1)/server-signal.js"
}

# Another project with the library as a subproject. tests/run packages builds one.
configure_parent ()
{
  mkdir -p "$work/parent/subprojects" &&
    cp "$source/tests/install/parent/meson.build" "$source/tests/install/use.c" "$work/parent" &&
    cp "$source/build-aux/server-signal.wrap" "$work/parent/subprojects" &&
    ln -s "$source" "$work/parent/subprojects/server-signal" &&
    meson setup "$work/parent/_build" "$work/parent" --wrap-mode nodownload --force-fallback-for server-signal
}

# Neither tests nor examples are among its targets, and what is for applications is.
parent_targets ()
{
  meson introspect "$work/parent/_build" --targets --tests >"$work/targets.json" &&
    python3 - "$work/targets.json" "$source" <<'CHECK'
import json
import sys

about = json.load(open(sys.argv[1]))
names = {target['name'] for target in about['targets']}
assert {'server-signal-1', 'server-signal', 'use'} <= names, names
defined = [target['defined_in'] for target in about['targets']]
assert not [name for name in defined if '/tests/' in name or '/examples/' in name], defined
assert {test['name'] for test in about['tests']} == {'use', 'command'}, about['tests']
CHECK
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
check 'C compiles and runs with a build that is not installed' compile_uninstalled
check 'pkg-config says where the files for pages are' has_web_files
check 'a project has it as a subproject' configure_parent
check 'which builds neither tests nor examples' parent_targets
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
