#!/usr/bin/env bash
# Attacks netkit-server and prints one table: what was done, what came of it, what was wanted. Ends non-zero if a bound
# is missed. Everything is on loopback and ends by itself. usage: scripts/torture.sh [--short] [--only PATTERN] [--list]
# [--json FILE] [--preset release|asan|tsan]; scripts/torture-report.sh FILE puts the figures into docs/reliability.md.
# How to add an attack: tests/torture/main.py.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

preset=release
arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    --preset=*) preset=${1#*=} ;;
    --preset)
      preset=${2:?--preset needs a name}
      shift
      ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
case $preset in
  release) folder=build ;;
  asan | tsan) folder=build-$preset ;;
  *)
    say "--preset is release, asan or tsan"
    exit 64
    ;;
esac

need "${build_packages[@]}" "${torture_packages[@]}"
build "$preset" netkit torture
export NETKIT_BUILD=$PWD/$folder PYTHONPATH=$PWD/tests/system:$PWD/tests/support
exec python3 -B tests/torture/main.py --preset "$preset" "${arguments[@]}"
