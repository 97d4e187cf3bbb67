#!/usr/bin/env bash
# The packages' life in a bare Debian root: installed, served with, upgraded under load, removed, purged.
# usage: tests/package/lifecycle.sh FOLDER     where FOLDER has the packages. Needs root and the network of apt.
# Everything runs in namespaces of its own: no mount, process or port of the machine is touched.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { sed -n 2,4p "$0" >&2; exit 64; }
[ "${NETKIT_APART:-}" ] || exec env NETKIT_APART=1 unshare --mount --pid --fork --kill-child "$0" "$@"

packages=$(realpath "$1")
bare=${XDG_CACHE_HOME:-$HOME/.cache}/netkit/bookworm.tar
root=$(mktemp -d /var/tmp/netkit-package.XXXXXX)
finish() {
  umount -l "$root/dev" "$root/proc" 2>/dev/null || true
  rm -rf --one-file-system "$root"
}
trap finish EXIT

sources() { cat /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources 2>/dev/null || true; }

# Made once; each run begins with an untouched copy.
make_bare_root() {
  mkdir -p "$(dirname "$bare")"
  sources | mmdebstrap --quiet --mode=root --format=tar --variant=minbase --include=ca-certificates,logrotate \
    --setup-hook='cp -a /etc/apt/apt.conf.d/. "$1/etc/apt/apt.conf.d/"' bookworm "$bare.part" -
  mv "$bare.part" "$bare"
}

# next_version PACKAGE: the same with a higher version.
next_version() {
  local unpacked
  unpacked=$(mktemp -d "$root/tmp/XXXXXX")
  dpkg-deb --raw-extract "$1" "$unpacked"
  sed -i -E 's/^(Version: .*)$/\1+next/; s/netkit \(= ([^)]*)\)/netkit (= \1+next)/' "$unpacked/DEBIAN/control"
  dpkg-deb --root-owner-group --build "$unpacked" "$root/packages/next" >/dev/null
  rm -rf "$unpacked"
}

inside() { chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

[ -s "$bare" ] || make_bare_root
tar -C "$root" -xf "$bare"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
cp /etc/resolv.conf "$root/etc/resolv.conf"
mkdir -p "$root/packages/next"
cp "$packages"/*.deb "$root/packages"
rm -f "$root/packages"/*-dbgsym_*
for package in "$root"/packages/*.deb; do next_version "$package"; done
install -m 0755 "$here/steps.sh" "$root/packages/steps.sh"
install -m 0755 "$here/systemctl.sh" "$root/packages/systemctl"

inside /packages/steps.sh install
# Without the machine's network: its ports are others'.
unshare --net bash -c 'ip link set lo up && "$@"' bash \
  chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /packages/steps.sh live
echo "The packages install, serve, upgrade, remove and purge."
