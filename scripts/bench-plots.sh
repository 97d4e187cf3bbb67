#!/usr/bin/env bash
# Puts what scripts/bench.sh --json FILE measured into docs/: the table into performance.md, between its two marks (those
# of --pairs and --syscalls have their own), and the growth as two plots. usage: scripts/bench-plots.sh FILE
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: scripts/bench-plots.sh FILE" >&2; exit 64; }
result=$(realpath "$1")
cd "$(dirname "$0")/.."
. scripts/common.sh

need "${bench_packages[@]}"
PYTHONPATH=scripts/support python3 -B scripts/bench/document.py "$result" docs
