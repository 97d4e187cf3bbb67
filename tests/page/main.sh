#!/bin/sh
# Runs the test of the live page. usage: main.sh; ends with 77, which ctest takes for skipped, where a browser or the modules
# are missing, and with 1 if NETKIT_MUST_RUN is set: scripts/check.sh installs them.
cd "$(dirname "$0")" || exit 1
missing=
command -v node >/dev/null || missing="node"
[ -x "${CHROMIUM:-/usr/bin/chromium}" ] || missing="$missing chromium"
[ -d node_modules/playwright-core ] && [ -d node_modules/axe-core ] || missing="$missing node_modules"
if [ -n "$missing" ]; then
  echo "The live page is not tested: missing are $missing; scripts/check.sh installs them." >&2
  [ -z "$NETKIT_MUST_RUN" ] || exit 1
  exit 77
fi
exec node --test page.test.js
