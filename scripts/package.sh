#!/usr/bin/env bash
# Builds the Debian packages netkit, netkit-client and netkit-dev from the files that git knows, into build/package, and has
# lintian look at them. usage: scripts/package.sh [--check]
# --check also installs, upgrades, removes and purges them in a bare root; needs root, and takes some minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

case "${1:-}" in
  '' | --check) ;;
  *) say "usage: scripts/package.sh [--check]"; exit 64 ;;
esac
need "${build_packages[@]}" "${package_packages[@]}"

version=$(dpkg-parsechangelog -S Version)
folder=build/package
source=$folder/netkit-$version
rm -rf "$folder"
mkdir -p "$source"
git ls-files -z --cached --others --exclude-standard | tar -c --null --files-from=- | tar -x -C "$source"

say "Building the packages $version"
log=$folder/build.log
# debhelper gives the build another home, where ccache would find nothing.
if ! (cd "$source" && CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_DIR=$(ccache --get-config cache_dir) CCACHE_NOHASHDIR=1 \
  CCACHE_BASEDIR=$PWD DEB_BUILD_OPTIONS="parallel=$(nproc) ${DEB_BUILD_OPTIONS:-}" dpkg-buildpackage -us -uc -b) >"$log" 2>&1; then
  tail -n 60 "$log" >&2
  say "The packages were not built; $log has all of it."
  exit 1
fi
say "Lintian"
# What only Debian's own archive asks for: an address to write to, and a bug that asks for the package.
lintian --allow-root --fail-on error,warning \
  --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog,initial-upload-closes-no-bugs "$folder"/netkit_*.changes
ls "$folder"/*.deb

[ "${1:-}" = --check ] || exit 0
if ! unshare --mount --pid --fork true 2>/dev/null; then
  say "The life of the packages is not tested: this needs root and namespaces."
  exit 0
fi
tests/package/lifecycle.sh "$folder"
