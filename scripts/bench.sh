#!/usr/bin/env bash
# Compares netkit with reference servers under the same load and prints one table. Server and load have a core each,
# the servers take turns, everything is on loopback and ends by itself. usage: scripts/bench.sh [--quick] [--json FILE]
# [--only PATTERN] [--list]; scripts/bench-plots.sh FILE puts what was measured into docs/.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

had_nginx=$([ -x /usr/sbin/nginx ] && echo yes || true)
need "${build_packages[@]}" "${bench_packages[@]}"
if [ -z "$had_nginx" ] && [ -d /run/systemd/system ]; then
  # Debian starts what it installs; here nginx is wanted as a program only.
  $([ "$(id -u)" -eq 0 ] || echo sudo) systemctl disable --now nginx >&2
fi
build release netkit bench-servers
exec python3 -B scripts/bench/main.py "$@"
