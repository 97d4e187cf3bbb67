# Shared by the scripts: what netkit needs from Debian, and how it is built. Sourced, not run.

build_packages=(
  build-essential cmake ninja-build ccache git ca-certificates
  libpoco-dev libspdlog-dev libcli11-dev nlohmann-json3-dev libicu-dev libssl-dev libedit-dev libcppunit-dev
  libboost-dev liblua5.4-dev scdoc python3
)
count_packages=(valgrind python3)
bench_packages=(
  libasio-dev libuv1-dev libevent-dev libbenchmark-dev nginx-light haproxy openssl nodejs ncat socat procps python3 gnuplot-nox
)
test_packages=(
  python3-minimal python3 nodejs node-ajv jq bc mawk gawk sed netcat-openbsd ncat curl socat procps iproute2 openssl pkgconf
  mandoc bash-completion zsh fish
)
package_packages=(dpkg-dev debhelper fakeroot lintian mmdebstrap logrotate systemd)
torture_packages=(python3 iproute2 libfaketime openssl)
coverage_packages=(gcovr)
check_packages=(clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev doxygen python3 chromium nodejs prometheus)

say() { printf '%s\n' "$*" >&2; }

# need PACKAGE...: installs those that are missing; asks apt only if there are any.
need() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { say "These packages are missing and there is no sudo: ${missing[*]}"; exit 69; }
    sudo=(sudo)
  fi
  say "Installing ${missing[*]}"
  "${sudo[@]}" apt-get update -q >&2
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
}

# progress: reads what ninja prints, and says how far it is: at each tenth, on a terminal all the time. Nothing where
# there is little to build.
progress() {
  local line count all tenth=0
  while IFS= read -r line; do
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    count=${BASH_REMATCH[1]} all=${BASH_REMATCH[2]}
    [ "$all" -ge 20 ] || continue
    if [ -t 2 ]; then
      printf '\rBuilding: step %d of %d ' "$count" "$all" >&2
    elif [ $((count * 10 / all)) -gt "$tenth" ]; then
      tenth=$((count * 10 / all))
      say "Building: step $count of $all"
    fi
  done
  [ ! -t 2 ] || printf '\r\033[K' >&2
}

# build PRESET [TARGET...]: configures once, then builds what has changed.
build() {
  local preset=$1 log
  shift
  log=$(mktemp)
  if ! { cmake --preset "$preset" && cmake --build --preset "$preset" ${1:+--target "$@"}; } 2>&1 | tee "$log" | progress; then
    cat "$log" >&2
    rm -f "$log"
    say "The $preset build failed."
    exit 1
  fi
  rm -f "$log"
}
