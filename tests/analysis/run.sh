#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
#
# Static analysis of the library, file by file: conversions (GCC), -fanalyzer (GCC), clang-tidy and
# scan-build. README.md says what is not looked for, and why.
# Usage: run.sh BUILD [conversion | analyzer | tidy | scan | hardening]…
# BUILD is a configured build directory with GCC.

set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd) || exit 2
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n_findings=0

# README.md says what is not looked for, at all or in one file.
tidy_checks='-*,bugprone-*,cert-*,clang-analyzer-*'
scan_options=()
while read -r check; do
  tidy_checks="$tidy_checks,-$check"
  case "$check" in
    clang-analyzer-*) scan_options+=(-disable-checker "${check#clang-analyzer-}") ;;
  esac
done < <(sed -n 's/^- `\([a-zA-Z0-9.-]*\)`:.*/\1/p' "$here/README.md")

# The commands of the library's files: path, tab, command.
"${PYTHON:-python3}" - "$build/compile_commands.json" >"$work/commands" <<'COMMANDS' || exit 2
import json
import re
import sys

for entry in json.load(open(sys.argv[1])):
    if 'libserver-signal-internal' in entry['command'] and '/server-signal/' in entry['file'] \
       and entry['file'].endswith('.c'):
        command = re.sub(r'^ccache ', '', entry['command'])
        command = re.sub(r' -MD -MQ \S+ -MF \S+| -o \S+| -c \S+', ' ', command)
        print(entry['file'], command + ' -fdiagnostics-color=never -o /dev/null -c', sep='\t')
COMMANDS
[ -s "$work/commands" ] || { echo "There is nothing of the library in $build." >&2; exit 2; }

# check NAME FILE COMMAND: one file; FILE goes last.
check ()
{
  case "$1" in
    conversion) eval "$3 -fsyntax-only -Wconversion -Wsign-conversion '$2'" ;;
    # Its graph of states can take gigabytes.
    analyzer) (ulimit -v 6000000; eval "$3 -fanalyzer '$2'") ;;
    # It puts the analyzer in the compiler's place.
    scan) scan-build "${scan_options[@]}" -o "$work/reports" sh -c "\$CC ${3#* } '$2'" ;;
    # GLib's headers have formats that are not literals, which meson.build makes an error.
    tidy) clang-tidy -p . --quiet --extra-arg=-Wno-format-nonliteral -checks="$tidy_checks" "$2" ;;
  esac 2>&1 | "${PYTHON:-python3}" "$here/explained.py"
  # Whether there is a finding, and not whether the tool was content.
  return "${PIPESTATUS[1]}"
}

# believed NAME FOUND: leaks are found in faulty.c, and that of a variable which frees itself is none.
believed ()
{
  case "$1" in
    analyzer | tidy | scan) grep -q 'leak.*lost' <<<"$2" && ! grep -q 'kept' <<<"$2" ;;
  esac
}

run ()
{
  local name=$1 file command found n=0

  echo "== $name"
  command=$(head -n 1 "$work/commands" | cut -f2)
  if [ "$name" = tidy ]; then
    found=$(clang-tidy --quiet -checks="$tidy_checks" "$here/faulty.c" -- 2>&1 | "${PYTHON:-python3}" "$here/explained.py")
  else
    found=$(check "$name" "$here/faulty.c" "$command")
  fi
  if [ "$(wc -l <<<"$found")" -lt 2 ] || ! believed "$name" "$found"; then
    printf '%s\n' "$found"
    echo "$name does not find in faulty.c what it has to: it does not work here." >&2
    n_findings=$((n_findings + 1))
    return
  fi

  while IFS=$'\t' read -r file command; do
    found=$(check "$name" "$file" "$command") || continue
    printf '%s\n' "$found"
    n=$((n + $(wc -l <<<"$found")))
  done <"$work/commands"
  echo "$name: $n findings in $(wc -l <"$work/commands") files"
  n_findings=$((n_findings + n))
}

# Checks that the flags of meson.build have had their effect.
hardening ()
{
  local library=$build/server-signal/libserver-signal-1.so

  echo '== hardening'
  has ()
  {
    local what=$1

    shift
    "$@" "$library" | grep -qE "$what" || { echo "$library: no $what"; n_findings=$((n_findings + 1)); }
  }
  has BIND_NOW readelf -dW
  has GNU_RELRO readelf -lW
  has 'GNU_STACK.* RW ' readelf -lW
  has __stack_chk_fail nm -D
}

cd "$build" || exit 2
[ $# -gt 0 ] || set -- conversion analyzer tidy scan hardening
for name; do
  case "$name" in
    conversion | analyzer | tidy | scan) run "$name" ;;
    hardening) hardening ;;
    *) echo "$name: no such analysis" >&2; exit 2 ;;
  esac
done
echo "$n_findings findings"
[ "$n_findings" -eq 0 ]
