# Lines to try a listener with nc. Three programs go by that name, and their options differ. Sourced, not run.

# nc_kind: which one `nc` is: openbsd, ncat, traditional; nothing if there is none, or one that is not known here.
nc_kind() {
  case $(nc -h 2>&1 || true) in
    *'OpenBSD netcat'*) echo openbsd ;;
    *Ncat*) echo ncat ;;
    '[v1.'*) echo traditional ;;
  esac
}

# nc_line KIND TRANSPORT ADDRESS WORD: a line that sends WORD, prints the answer and ends. ADDRESS is host:port,
# [v6]:port or a path. Prints nothing where that nc cannot do it.
nc_line() {
  local kind=$1 transport=$2 address=$3 word=$4
  local host=${address%:*} port=${address##*:}
  host=${host#[} host=${host%]}
  case $host in 0.0.0.0) host=127.0.0.1 ;; ::) host=::1 ;; esac
  case $kind:$transport:$host in
    openbsd:tcp:*) echo "echo $word | nc -N $host $port" ;;
    openbsd:udp:*) echo "echo $word | nc -u -w1 $host $port" ;;
    openbsd:unix:*) echo "echo $word | nc -N -U $address" ;;
    ncat:tcp:*) echo "echo $word | nc $host $port" ;;
    # It ends with its input, and would not wait for a datagram.
    ncat:udp:*) echo "(echo $word; sleep 1) | nc -u $host $port" ;;
    ncat:unix:*) echo "echo $word | nc -U $address" ;;
    traditional:unix:* | traditional:*:*:*) ;;  # knows neither Unix sockets nor IPv6
    traditional:tcp:*) echo "echo $word | nc -q1 $host $port" ;;
    traditional:udp:*) echo "echo $word | nc -u -q1 $host $port" ;;
  esac
}
