#!/usr/bin/env bash
# Measures netkit. usage: scripts/bench.sh [--quick | --pairs N | --syscalls] [--json FILE] [--only PATTERN] [--list]
#                        scripts/bench.sh --check | --update-baseline | --micro [google-benchmark options]
# Without one of the last three: compares netkit with reference servers under the same load and prints one table. Server
# and load have a core each, the servers take turns, everything is on loopback and ends by itself; scripts/bench-plots.sh
# FILE puts what was measured into docs/. --pairs 15 gives the ratios to bare loops with their 95 % interval (13 minutes),
# --syscalls the system calls of a message (root, a minute). --check counts the instructions of a message, in codecs and
# sessions alone and from socket to socket, whatever else the machine does, and fails where a case takes more than 1 %
# above tests/bench/instructions.json, which --update-baseline writes. --micro takes the time of codecs and sessions.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

case "${1:-}" in
  --check | --update-baseline)
    need "${build_packages[@]}" "${count_packages[@]}"
    build release micro-counted
    exec python3 -B scripts/bench/instructions.py "$1"
    ;;
  --micro)
    need "${build_packages[@]}" "${bench_packages[@]}"
    build release micro-timed
    exec build/bench/micro-timed "${@:2}"
    ;;
esac

new=()
for name in nginx haproxy; do [ -x "/usr/sbin/$name" ] || new+=("$name"); done
need "${build_packages[@]}" "${bench_packages[@]}"
if [ ${#new[@]} -gt 0 ] && [ -d /run/systemd/system ]; then
  # Debian starts what it installs; here they are wanted as programs only.
  $([ "$(id -u)" -eq 0 ] || echo sudo) systemctl disable --now "${new[@]}" >&2
fi
case " $* " in *" --syscalls "*) need linux-perf ;; esac
build release netkit bench-servers
exec python3 -B scripts/bench/main.py "$@"
