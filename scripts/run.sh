#!/usr/bin/env bash
# Installs what is missing, builds netkit and serves a config; for each listener it prints lines to try in another
# terminal. usage: scripts/run.sh [CONFIG]      CONFIG is config/demo.json unless given
set -euo pipefail
config=$(realpath "${1:-$(dirname "$0")/../config/demo.json}")
cd "$(dirname "$0")/.."
. scripts/common.sh
. scripts/support/nc.sh

command -v nc >/dev/null || build_packages+=(netcat-openbsd)
need "${build_packages[@]}"
build release netkit
nc=$(nc_kind)

# try NAME TRANSPORT ADDRESS FRAMING HANDLER: what to type to see this listener at work.
try() {
  local name=$1 transport=$2 address=$3 framing=$4 handler=$5 line
  local word=hello
  local client="build/bin/netkit-client --config ${config#"$PWD/"} --listener $name"
  [ "$transport" != udp ] || client+=" --udp"
  [ "$transport:$framing" != unix:raw ] || client="build/bin/netkit-client --unix $address"
  case $handler in
    file-send) printf '    %s --get hello.txt -o -\n' "$client"; return ;;
    exec) word=uname; [ "$name" != commands ] || word='say hello' ;;
  esac
  [ "$framing" != fixed ] || word='8 bytes!'
  printf "    %s '%s'\n" "$client" "$word"
  case $transport:$framing in
    tcp:raw | tcp:line | unix:raw | unix:line | udp:datagram | udp:raw) ;;
    *) return ;;
  esac
  line=$(nc_line "$nc" "$transport" "$address" "$word")
  [ -z "$line" ] || printf '    %s\n' "$line"
}

show() {
  local word name transport address framing handler
  while read -r word name transport address framing handler; do
    printf '%s\n' "$word${name:+ $name $transport $address $framing $handler}"
    [ "$word" != listening ] || try "$name" "$transport" "$address" "${framing#framing=}" "${handler#handler=}"
  done
}

# The server takes this script's place, so that Ctrl-C and signals are its own.
exec build/bin/netkit-server --config "$config" > >(show)
