#!/usr/bin/env bash
# Installs what is missing, builds netkit and runs every test. usage: scripts/test.sh [PRESET] [ctest arguments...]
# PRESET is release (the default), debug, asan or tsan.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

preset=release
if [ $# -gt 0 ] && [[ $1 =~ ^(release|debug|asan|tsan)$ ]]; then
  preset=$1
  shift
fi
need "${build_packages[@]}" "${test_packages[@]}"
build "$preset"
# Most tests wait more than they compute.
exec ctest --preset "$preset" -j "$((3 * $(nproc) / 2))" "$@"
