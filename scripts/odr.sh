#!/usr/bin/env bash
# One definition rule: two files that define one class or function differently are no error of any compiler that sees
# one file at a time. This links the programs with link-time optimization, where gcc compares the definitions, and fails
# if they differ. The files of a folder are compiled together, where a second definition is an error at once.
# usage: scripts/odr.sh
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

[ $# -eq 0 ] || { say "usage: scripts/odr.sh"; exit 64; }
need "${build_packages[@]}"
say "One definition rule"
build lto netkit-server netkit-client netkit-bench
