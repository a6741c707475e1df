# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
#
# The system packages that examples/run and tests/run need, and their installation. Sourced, not
# run.

# To build the library with its bindings and run the examples.
PACKAGES_BUILD='ca-certificates gcc libc6-dev pkg-config meson ninja-build gettext
  libglib2.0-dev libsoup-3.0-dev libjson-glib-dev libhiredis-dev glib-networking libqrencode-dev libyaml-dev
  libtomlplusplus-dev g++
  libgirepository1.0-dev gobject-introspection valac esbuild:esbuild
  python3 python3-gi python3-dev python-gi-dev gjs gir1.2-soup-3.0 gir1.2-json-1.0'

# The windows of the examples as well.
PACKAGES_WINDOW="$PACKAGES_BUILD libgtk-4-dev gir1.2-gtk-4.0"

# To test it as well: a screen, foreign clients, a browser, the checkers, the reference manual, a private bus.
PACKAGES_TEST="$PACKAGES_WINDOW
  git xvfb xauth iproute2:ip python3-websockets python3-jsonpatch python3-pyte nodejs:node npm:npm chromium
  redis-server valgrind libc6-dbg clang clang-format libclang-rt-dev gi-docgen dbus-daemon python3-dbusmock zbar-tools:zbarimg codespell reuse"

# For the report of tests/run --coverage.
PACKAGES_COVERAGE='gcovr'

# For tests/run packages.
PACKAGES_PACKAGES='debhelper dh-python fakeroot gi-docgen git xz-utils lintian rpm flatpak-builder abigail-tools debootstrap'

# For tests/run engines.
PACKAGES_ENGINES='firefox-esr gir1.2-webkit-6.0'

# For tests/run --analysis.
PACKAGES_ANALYSIS='clang-tidy clang-tools binutils'

# For a newer PyGObject, tests/run bindings.
PACKAGES_PYGOBJECT='python3-venv python3-dev'

# For a page of Leptos, tests/run interop: a compiler, a linker and a standard library for WebAssembly.
PACKAGES_WASM='rustc-web rust-web-src rust-web-llvm lld-22'

# ensure_packages NAME[:COMMAND]…: on Debian and what is made from it, installs those that are missing,
# by sudo when this is not root. A package with a command is there when its command is, whoever
# brought it. Elsewhere this only says where the names of the packages are.
ensure_packages ()
{
  local missing='' name root=''

  if ! command -v dpkg-query >/dev/null 2>&1; then
    echo 'Not a Debian: the packages are expected to be there (README.md has their names).'
    return 0
  fi

  for name in "$@"; do
    case "$name" in
      *:*)
        command -v "${name#*:}" >/dev/null 2>&1 && continue
        name=${name%:*}
        ;;
    esac
    # Word by word: there is also "not-installed".
    case " $(dpkg-query -W -f '${db:Status-Status} ' "$name" 2>/dev/null)" in
      *' installed '*) ;;
      *) missing="$missing $name" ;;
    esac
  done
  [ -n "$missing" ] || return 0

  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
      echo "These packages are missing, and neither root nor sudo is here to install them:$missing" >&2
      return 1
    fi
    root=sudo
  fi

  echo "Installing:$missing"
  $root apt-get update -q >/dev/null || return 1
  # shellcheck disable=SC2086
  $root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends $missing >/dev/null || return 1
}

# find_python: the python3 that has PyGObject; the first one on the path may be another.
find_python ()
{
  local python

  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import gi' 2>/dev/null; then
      command -v "$python"
      return 0
    fi
  done
  echo 'No python3 with PyGObject (python3-gi) was found.' >&2
  return 1
}
