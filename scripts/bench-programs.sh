#!/usr/bin/env bash
# Measures programs behind the handler `process` beside servers in their languages by hand, and a program for each
# connection beside ncat and socat. usage: scripts/bench-programs.sh [SECONDS [RUNS]], of each load; 3 and 3.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh
need "${build_packages[@]}" python3 nodejs ncat socat
build release netkit-server netkit-bench plugin-process plugin-echo
exec python3 -B scripts/bench/programs.py "$@"
