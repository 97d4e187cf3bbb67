#!/usr/bin/env bash
# Runs every test in a build that counts what is executed, and prints how much of core and plugins that is: lines, and
# for the framings branches too. Without those that only an exception takes, and those that the compiler made for code
# that cannot be reached. The report by file and line is build-coverage/html/index.html.
# usage: scripts/coverage.sh [--check]; --check fails below 90 % of the lines or 100 % of the framings' branches.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

check=''
case "${1:-}" in
  '') ;;
  --check) check=yes ;;
  *) say "usage: scripts/coverage.sh [--check]"; exit 64 ;;
esac
need "${build_packages[@]}" "${test_packages[@]}" "${coverage_packages[@]}"
build coverage
find build-coverage -name '*.gcda' -delete
ctest --preset coverage -j "$(nproc)" >build-coverage/tests.log || {
  cat build-coverage/tests.log >&2
  say "The tests failed; what follows counts them as far as they came."
  [ -z "$check" ] || exit 1
}

# On lines that read or describe options, gcc makes branches to clean up strings that it does not mark as a throw.
options='.*(options\.(has|flag|integer|size|text|texts)\(|^ +\.help = ).*'
report() { gcovr --root . --add-tracefile build-coverage/coverage.json "$@"; }
# What is compiled a second time for the fuzz targets would bring branches that it never came to, and of which gcov then
# does not know that only an exception takes them.
gcovr --root . --object-directory build-coverage -j "$(nproc)" --filter core/ --filter plugins/ \
  --exclude-directories '.*/fuzzed-[a-z]+\.dir' \
  --exclude-throw-branches --exclude-unreachable-branches --exclude-branches-by-pattern "$options" --json build-coverage/coverage.json
mkdir -p build-coverage/html
report --html-details build-coverage/html/index.html --html-title "netkit"
report ${check:+--fail-under-line 90}
report --filter core/src/framing/ --branches ${check:+--fail-under-branch 100}
