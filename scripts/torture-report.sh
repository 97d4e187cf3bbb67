#!/usr/bin/env bash
# Puts what scripts/torture.sh --json FILE found into docs/reliability.md, between its two marks. Of several files, for
# runs of single ordeals, a later one's word counts. usage: scripts/torture-report.sh FILE...
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: scripts/torture-report.sh FILE..." >&2; exit 64; }
export PYTHONPATH="$(dirname "$0")/support"
exec python3 -B "$(dirname "$0")/../tests/torture/document.py" "$(dirname "$0")/../docs/reliability.md" "$@"
