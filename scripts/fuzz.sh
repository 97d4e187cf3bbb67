#!/usr/bin/env bash
# Fuzzes the framings, beginning with the committed corpus. usage: scripts/fuzz.sh [SECONDS | -runs=N], default 20
# What is learnt stays in build-fuzz/corpus; inputs that fail go to tests/fuzz/found.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

case "${1:-20}" in
  -runs=*) limit=$1 ;;
  *[!0-9]*)
    say "usage: scripts/fuzz.sh [SECONDS | -runs=N]"
    exit 64
    ;;
  *) limit=-max_total_time=${1:-20} ;;
esac

need "${build_packages[@]}" "${check_packages[@]}"
build fuzz
mkdir -p build-fuzz/corpus tests/fuzz/found
export ASAN_OPTIONS=malloc_context_size=2:quarantine_size_mb=16
exec build-fuzz/tests/fuzz-codec "$limit" -max_len=400 -timeout=10 -print_final_stats=1 -verbosity=0 \
  -artifact_prefix=tests/fuzz/found/ build-fuzz/corpus tests/fuzz/corpus
