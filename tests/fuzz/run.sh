#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
#
# Runs one fuzz target for SS_FUZZ_SECONDS (SECONDS when unset) from its seeds. Inputs found on the
# way are kept for the run only; one that fails is printed and belongs into the corpus once the fault is
# mended. A fuzzer that ends without a finding, because the machine had no memory for it or a sanitizer
# could not stop its threads, is run once more.
# Usage: run.sh PROGRAM CORPUS DICTIONARY SECONDS

set -u
program=$1 corpus=$2 dictionary=$3 seconds=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/found"

# Every seed has to pass, and then what the fuzzer makes of them. Looking for leaks after each of a
# thousand inputs takes most of the time of some targets; at the end it is done once for all.
fuzz ()
{
  "$program" -runs=0 "$corpus" >"$work/log" 2>&1 \
    && "$program" -max_total_time="${SS_FUZZ_SECONDS:-$seconds}" -max_len=4096 -timeout=60 \
         -rss_limit_mb=2048 -detect_leaks=0 ${dictionary:+-dict="$dictionary"} \
         -print_final_stats=1 -artifact_prefix="$work/crash-" "$work/found" "$corpus" >>"$work/log" 2>&1
}

print_log ()
{
  grep -vE '^#[0-9]+\s+(NEW|REDUCE|pulse|RELOAD|INITED)' "$work/log" | tail -n 60
}

has_finding ()
{
  grep -qE 'SUMMARY:|runtime error:' "$work/log" || compgen -G "$work/crash-*" >/dev/null
}

fuzz
status=$?
if [ $status -ne 0 ] && ! has_finding; then
  echo "The fuzzer ended with status $status and no finding:"
  print_log
  fuzz
  status=$?
fi
grep -E 'stat::number_of_executed_units|stat::average_exec_per_sec|Done ' "$work/log"
if [ $status -ne 0 ]; then
  for finding in "$work"/crash-*; do
    [ -f "$finding" ] && { echo "$finding:"; od -c "$finding" | head -n 40; }
  done
  print_log
fi
# The fuzzer's own status after a crash is 77, which here would say "skipped".
[ $status -eq 0 ]
