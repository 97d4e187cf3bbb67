#!/usr/bin/env bash
# Format and lint: clang-format, clang-tidy, shell syntax, the layers, comments of the SDK and the one definition rule. And
# the tests that need a browser.
# usage: scripts/check.sh [--fast]; --fast leaves out the last and clang-tidy, which take minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

case "${1:-}" in
  '' | --fast) ;;
  *) say "usage: scripts/check.sh [--fast]"; exit 64 ;;
esac
new=
[ -x /usr/bin/promtool ] || new=prometheus
need "${build_packages[@]}" "${check_packages[@]}"
if [ -n "$new" ] && [ -d /run/systemd/system ]; then
  # Debian starts what it installs; here its promtool is wanted only.
  $([ "$(id -u)" -eq 0 ] || echo sudo) systemctl disable --now "$new" >&2
fi
command -v npm >/dev/null || need npm  # that of other node packages is as good, and Debian's conflicts with them
sources() { git ls-files -- "$@"; }

say "Format"
sources '*.h' '*.cpp' | xargs clang-format-14 --dry-run --Werror

say "Scripts"
for script in scripts/*.sh scripts/support/*.sh tests/package/*.sh debian/netkit.p* .ci/run; do bash -n "$script"; done

say "Layout"
python3 -B scripts/layers.py || { say "These includes go against the layers, which scripts/layers.py lists."; exit 1; }
# scripts/layers.py looks at netkit's own headers only.
if grep -nE '#include <(Poco|sys/socket|netinet|thread)|_clock\b|clock_gettime' core/src/framing/* core/src/session/*; then
  say "Framings and sessions may know no socket, thread, clock or Poco."
  exit 1
fi

say "Reference"
mkdir -p build
doxygen || { say "Every public name of the SDK needs a comment; the Doxyfile says which headers are looked at."; exit 1; }

[ "${1:-}" = --fast ] && exit 0
scripts/odr.sh
build release
say "A web page against a shell, the live page, and the metrics as Prometheus wants them"
npm ci --prefix tests/page --no-audit --no-fund >&2
NETKIT_MUST_RUN=1 ctest --preset release -R '^(system-browser|system-monitoring|page)$' --output-on-failure
say "Lint"
# lint_tree UNITE: build/lint/UNITE with the compile commands, without the flags of gcc that clang takes for errors.
lint_tree() {
  cmake --preset release -B "build/lint/$1" -DNETKIT_UNITE="$1" -DNETKIT_TESTS=OFF >/dev/null
  sed -i 's/ -fno-gnu-unique//g; s/ -fno-devirtualize-speculatively//g' "build/lint/$1/compile_commands.json"
}
# tidy TREE COUNT OPTION...: looks at the files of its input, COUNT at a time.
tidy() {
  xargs -P "$(nproc)" -n "$2" clang-tidy-14 -p "build/lint/$1" --quiet "${@:3}" \
    2> >(grep -vE 'warnings? generated|^$' >&2 || true)
}
lint_tree ALL
lint_tree OFF
# A folder's files together, as the headers take most of the time. Those of the core in netkit_testing are seen with it.
# A local name may be one of a neighbour's anonymous namespace.
sed -n 's/^ *"file": "\(.*\.c[px][px]\)".*/\1/p' build/lint/ALL/compile_commands.json | sort -u |
  grep -vE '_build_lint_|/netkit_testing\.dir/Unity/.*_core_src_' |
  tidy ALL 1 --checks='-clang-analyzer-*,-bugprone-suspicious-include' --extra-arg=-Wno-shadow
# Each by itself for what looks at a unit's own text only, not at what it includes.
sources 'core/*.cpp' 'plugins/*.cpp' 'apps/*.cpp' |
  tidy OFF 4 --checks='-*,clang-analyzer-*,misc-unused-using-decls,misc-unused-alias-decls,bugprone-suspicious-include'
