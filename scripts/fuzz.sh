#!/usr/bin/env bash
# Fuzzes the readers of a peer's bytes, each for as long, beginning with the committed corpus. usage: scripts/fuzz.sh
# [--record] [SECONDS | -runs=N] [NAME...], by default 20 seconds each of all. NAME is a framing, words (of exec),
# launcher (its packets) or request (of file-send). As many run at once as there are cores, or NETKIT_FUZZ_JOBS.
# What is learnt stays in build-fuzz/corpus; inputs that fail go to tests/fuzz/found. --record adds the executions to
# tests/fuzz/executions.json and docs/reliability.md, and puts what was learnt, minimised, into the committed corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

# The largest speed that still sees every bad access: freed memory is not kept back, as decodings move their bytes.
export ASAN_OPTIONS=malloc_context_size=0:quarantine_size_mb=0:thread_local_quarantine_size_kb=0:max_malloc_fill_size=0:detect_leaks=0
corpus=tests/fuzz/corpus
readers=(words launcher request)
# Every other folder of the corpus is that of a framing.
framings=()
for folder in "$corpus"/*/; do
  name=$(basename "$folder")
  [[ " ${readers[*]} " == *" $name "* ]] || framings+=("$name")
done
learnt=build-fuzz/corpus logs=build-fuzz/logs

usage() {
  say "usage: scripts/fuzz.sh [--record] [SECONDS | -runs=N] [NAME...]; a NAME is one of ${framings[*]} ${readers[*]}"
  exit 64
}

target() {
  if [[ " ${framings[*]} " == *" $1 "* ]]; then echo build-fuzz/tests/fuzz-codec; else echo "build-fuzz/tests/fuzz-$1"; fi
}

# fuzz NAME LIMIT: one run; its last lines, or all of them if it failed.
fuzz() {
  local name=$1 limit=$2 options=()
  mkdir -p "$learnt/$name"
  [ ! -f "tests/fuzz/$name.dict" ] || options=("-dict=tests/fuzz/$name.dict")
  # Short inputs and no entropy schedule: together five times as many executions.
  if ! NETKIT_FUZZ=$name "$(target "$name")" "$limit" -max_len=128 -entropic=0 -reload=0 -timeout=10 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix="tests/fuzz/found/$name-" ${options+"${options[@]}"} \
    "$learnt/$name" "$corpus/$name" >"$logs/$name" 2>&1; then
    cat "$logs/$name" >&2
    say "$name: a finding"
    return 1
  fi
  printf '%-12s %12d executions, %d/s\n' "$name" "$(stat_of "$name" number_of_executed_units)" \
    "$(stat_of "$name" average_exec_per_sec)"
}

stat_of() { sed -n "s/^stat::$2: *//p" "$logs/$1"; }

# merge NAME: the committed corpus becomes the fewest inputs that reach all that was learnt.
merge() {
  local merged
  merged=$(mktemp -d)
  NETKIT_FUZZ=$1 "$(target "$1")" -merge=1 -max_len=4000 -verbosity=0 "$merged" "$corpus/$1" "$learnt/$1" >"$logs/$1.merge" 2>&1
  rm -f "$corpus/$1"/*
  cp "$merged"/* "$corpus/$1/"
  rm -r "$merged"
}

if [ "${1:-}" = --one ]; then # for xargs below
  fuzz "$3" "$2"
  exit
fi
record=''
[ "${1:-}" != --record ] || { record=yes; shift; }
limit=-max_total_time=20
case "${1:-}" in
  -runs=*) limit=$1; shift ;;
  -*) usage ;;
  [0-9]*) [[ $1 =~ ^[0-9]+$ ]] || usage; limit=-max_total_time=$1; shift ;;
esac
names=("$@")
[ $# -gt 0 ] || names=("${framings[@]}" "${readers[@]}")
for name in "${names[@]}"; do [[ " ${framings[*]} ${readers[*]} " == *" $name "* ]] || usage; done

need "${build_packages[@]}" "${check_packages[@]}"
build fuzz
mkdir -p "$logs" tests/fuzz/found
printf '%s\n' "${names[@]}" | xargs -P "${NETKIT_FUZZ_JOBS:-$(nproc)}" -I{} scripts/fuzz.sh --one "$limit" {}

[ -n "$record" ] || exit 0
for name in "${names[@]}"; do
  merge "$name"
  printf '%s %s\n' "$name" "$(stat_of "$name" number_of_executed_units)"
done | python3 -B scripts/fuzz/record.py
