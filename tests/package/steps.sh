#!/usr/bin/env bash
# What lifecycle.sh has done within the bare root. usage: steps.sh install | live
set -euo pipefail

fail() { echo "failed: $*" >&2; exit 1; }

# is WHAT FOUND EXPECTED
is() { [ "$2" = "$3" ] || fail "$1: found '$2', expected '$3'"; }

# until_true WHAT COMMAND...: polls for at most a minute.
until_true() {
  local what=$1 tries=600
  shift
  until "$@"; do
    [ $((tries -= 1)) -gt 0 ] || fail "not within a minute: $what"
    sleep 0.1
  done
}

names() { dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'netkit*' 2>/dev/null | grep "^$1" | cut -d ' ' -f 2 | sort | xargs; }

of_netkit() { find / -xdev \( -path /proc -o -path /packages -o -path /sys -o -path /var/lib/dpkg -o -path /var/cache/apt \) -prune -o -name '*netkit*' -print; }

# apt WORDS...: shows what apt-get said only if it failed.
apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -y -q "$@" >/packages/apt.log 2>&1 || { cat /packages/apt.log >&2; fail "apt-get $1"; }
}

install_them() {
  is "files of netkit before" "$(of_netkit)" ""
  apt update
  apt install --no-install-recommends /packages/*.deb
  is "packages" "$(names installed)" "netkit netkit-client netkit-dev"
  local file
  for file in $(dpkg -L netkit netkit-client netkit-dev); do [ -e "$file" ] || fail "$file is not there"; done

  is "the user" "$(getent passwd netkit | cut -d : -f 6,7)" "/nonexistent:/usr/sbin/nologin"
  is "the config" "$(stat -c '%a %U:%G' /etc/netkit/netkit.json)" "640 root:netkit"
  is "/run/netkit" "$(stat -c '%a %U:%G' /run/netkit)" "755 netkit:netkit"
  is "/var/log/netkit" "$(stat -c '%a %U:%G' /var/log/netkit)" "750 netkit:netkit"
  is "enabled" "$(readlink -f /etc/systemd/system/multi-user.target.wants/netkit.service)" "/usr/lib/systemd/system/netkit.service"
  netkit-server --config /etc/netkit/netkit.json --check
  check_unit
}

check_unit() {
  systemd-analyze verify --man=no netkit.service || fail "systemd-analyze verify"
  local rated
  rated=$(systemd-analyze security --offline=true netkit.service | sed -n 's/.*exposure level for netkit.service: \([0-9.]*\).*/\1/p')
  awk -v rated="$rated" 'BEGIN { exit !(rated > 0 && rated <= 2.0) }' || fail "systemd-analyze security: $rated, expected at most 2.0"
}

as_netkit() { setpriv --reuid netkit --regid netkit --init-groups "$@"; }
ask() { netkit-client --framing line --timeout 20s 127.0.0.1:7007 hello; }
ready() { [ "$(grep -c '^ready$' /packages/server.log)" = "$1" ]; }
gone() { ! kill -0 "$1" 2>/dev/null; }

serve() {
  touch /packages/server.log
  trap 'touch /packages/enough; kill $(jobs -p) 2>/dev/null || true; wait' EXIT
  as_netkit netkit-server --config /etc/netkit/netkit.json >/packages/server.log 2>&1 &
  server=$!
  until_true "the server is ready" ready 1
  [[ $(ask) == hello,127.0.0.1:* ]] || fail "the server's answer"
  is "the Unix socket" "$(as_netkit netkit-client --framing line --unix /run/netkit/echo.sock hello)" hello
  netkit-ctl status >/dev/null || fail "netkit-ctl status"
}

# Asks without a pause until /packages/enough is there; writes down each question, and each that failed.
keep_asking() {
  until [ -e /packages/enough ]; do
    ask >/dev/null 2>>/packages/failed || echo "exit $?" >>/packages/failed
    echo >>/packages/questions
  done
}

upgrade() {
  cp /packages/systemctl /usr/local/bin/systemctl
  mkdir -p /run/systemd/system
  printf '\n' >>/etc/netkit/netkit.json # an administrator's change
  touch /packages/failed
  keep_asking &
  local asking=$! before=$server questions
  until_true "somebody asks" [ -s /packages/questions ]
  dpkg --install /packages/next/*.deb >/packages/upgrade.log 2>&1 || { cat /packages/upgrade.log >&2; fail "the upgrade"; }
  until_true "the new server is ready" ready 2
  until_true "the old server has ended" gone "$before"
  questions=$(wc -l </packages/questions)
  until_true "somebody asks the new server" bash -c "[ \$(wc -l </packages/questions) -gt $((questions + 2)) ]"
  touch /packages/enough
  wait "$asking"
  is "questions without an answer" "$(cat /packages/failed)" ""
  grep -q 'kill .*USR2' /packages/asked || fail "the upgrade did not send USR2"
  ! grep -q restart /packages/asked || fail "the upgrade restarted the server"
  is "the config" "$(stat -c '%a %U:%G' /etc/netkit/netkit.json) $(tail -c 1 /etc/netkit/netkit.json | od -An -c)" "640 root:netkit   \n"
  is "version" "$(dpkg-query -W -f '${Version}' netkit | grep -o '+next')" "+next"
  echo "upgraded under $(wc -l </packages/questions) questions, each answered"
}

rotate() {
  as_netkit bash -c 'echo line >/var/log/netkit/netkit.log'
  logrotate --force /etc/logrotate.d/netkit
  is "the rotated log" "$(cat /var/log/netkit/netkit.log.1)" line
  grep -q 'kill .*USR1 netkit.service' /packages/asked || fail "logrotate did not send USR1"
}

remove() {
  trap - EXIT
  kill "$(/packages/systemctl show MainPID)"
  until_true "the server has ended" bash -c '[ "$(/packages/systemctl show MainPID)" = 0 ]'
  apt remove netkit netkit-client netkit-dev
  [ ! -e /usr/bin/netkit-server ] || fail "the program is there after the removal"
  [ -e /etc/netkit/netkit.json ] || fail "the config is gone after a mere removal"
  getent passwd netkit >/dev/null || fail "the user is gone after a mere removal"
  dpkg --purge netkit >/packages/purge.log 2>&1 || { cat /packages/purge.log >&2; fail "the purge"; }
  is "files of netkit after the purge" "$(of_netkit)" ""
  is "user and group after the purge" "$(getent passwd netkit || true)$(getent group netkit || true)" ""
}

case $1 in
  install) install_them ;;
  live) serve; upgrade; rotate; remove ;;
esac
