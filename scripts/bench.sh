#!/usr/bin/env bash
# Compares netkit's server CPU per message with a bare epoll loop under the same load: length-framed uppercase over
# loopback, server and load pinned to one core each, runs in turn. usage: scripts/bench.sh [RUNS] [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

runs=${1:-5}
seconds=${2:-2}
need "${build_packages[@]}"
build release netkit-server plugin-uppercase bare-epoll length-load

work=$(mktemp -d)
servers=()
finish() { kill "${servers[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"; }
trap finish EXIT
cat > "$work/bench.json" <<'JSON'
{ "event_loops": { "count": 1 },
  "listeners": [ { "name": "bench", "address": "127.0.0.1:0", "framing": "length", "handler": "uppercase" } ] }
JSON

# wait_for FILE PATTERN: prints the first match once the server has written it.
wait_for() {
  local tries
  for ((tries = 0; tries < 500; ++tries)); do
    sed -nE "s/$2/\1/p" "$1" | grep -m1 . && return 0
    sleep 0.01
  done
  say "A server did not start: $1"
  exit 1
}

taskset -c 0 build/bin/netkit-server --config "$work/bench.json" > "$work/netkit.out" & servers+=($!)
taskset -c 0 build/bench/bare-epoll > "$work/bare.out" & servers+=($!)
netkit_port=$(wait_for "$work/netkit.out" '^listening bench tcp [^ ]*:([0-9]+) .*')
bare_port=$(wait_for "$work/bare.out" '^([0-9]+)$')

median() { sort -g | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

printf '%-28s %14s %14s %8s   %s\n' 'connections x in flight' 'netkit ns/msg' 'bare ns/msg' 'ratio' 'ratio of each pair'
for load in '64 32 64' '64 1 64' '1 1 64' '64 32 4096'; do
  read -r connections in_flight size <<< "$load"
  : > "$work/netkit"; : > "$work/bare"; : > "$work/ratio"
  for ((run = 0; run < runs; ++run)); do
    a=$(taskset -c 1 build/bench/length-load "$netkit_port" "${servers[0]}" $connections $in_flight $size "$seconds")
    b=$(taskset -c 1 build/bench/length-load "$bare_port" "${servers[1]}" $connections $in_flight $size "$seconds")
    a=${a##* }; b=${b##* }
    echo "$a" >> "$work/netkit"; echo "$b" >> "$work/bare"
    awk -v a="$a" -v b="$b" 'BEGIN { printf "%.3f\n", a / b }' >> "$work/ratio"
  done
  printf '%-28s %14s %14s %8s   %s\n' "$connections x $in_flight, $size bytes" "$(median < "$work/netkit")" \
    "$(median < "$work/bare")" "$(median < "$work/ratio")" "$(paste -sd' ' "$work/ratio")"
done
