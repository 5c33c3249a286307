#!/usr/bin/env bash
# Makes sure that a Docker engine answers. One that runs is used as it is; else, for root on Debian or Ubuntu, the
# packages are installed and an engine is started, which runs on. Status 0: it answers; 1: a line says why none can.
#   CHAOS_ENGINE_DIR (/var/run/henge-engine): the log of an engine started here, and the lock of this script
#   CHAOS_ENGINE_SECONDS (60): how long it may take to start
set -uo pipefail

readonly dir=${CHAOS_ENGINE_DIR:-/var/run/henge-engine}
readonly seconds_max=${CHAOS_ENGINE_SECONDS:-60}
readonly socket=unix:///var/run/docker.sock

say() { printf 'engine: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

answers() { command -v docker >/dev/null && timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

done_if_it_answers() {
  answers || return 0
  say "Docker $(docker version --format '{{.Server.Version}}, API {{.Server.APIVersion}}'), $1"
  exit 0
}

install() {
  command -v apt-get >/dev/null || fail 'there is no dockerd, and no apt-get to install it with'
  say 'installing docker.io'
  local packages=(docker.io iptables ca-certificates)
  apt-get update -qq >"$dir/apt.log" 2>&1 9>&-
  # Newer Debians have the client in a package of its own, which is only recommended.
  if apt-cache show docker-cli >/dev/null 2>&1; then packages+=(docker-cli); fi
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends \
    "${packages[@]}" >>"$dir/apt.log" 2>&1 9>&- || {
    tail -n 5 "$dir/apt.log" >&2
    fail "docker.io cannot be installed: $dir/apt.log"
  }
  hash -r
}

# What an engine needs of a machine that was not set up for one.
prepare() {
  if ! grep -qE '^[^ ]+ [^ ]+ cgroup2? ' /proc/self/mounts; then
    mount -t cgroup2 none /sys/fs/cgroup || fail 'no control groups are mounted, and they cannot be'
  fi
  if ! iptables -w -t nat -S >/dev/null 2>&1; then
    iptables-legacy -w -t nat -S >/dev/null 2>&1 || fail 'iptables cannot read its nat table'
    update-alternatives --set iptables "$(command -v iptables-legacy)" >/dev/null ||
      fail 'iptables-legacy cannot be chosen'
  fi
  # A machine that died or was copied leaves these, and another process may have the number now.
  local file pid
  for file in /var/run/docker.pid /var/run/docker/containerd/containerd.pid; do
    [[ -f $file ]] || continue
    pid=$(<"$file")
    case $(cat "/proc/$pid/comm" 2>/dev/null) in
      dockerd | containerd) ;;
      *) rm -f "$file" ;;
    esac
  done
  ulimit -n 1048576 2>/dev/null || ulimit -n "$(ulimit -Hn)"
}

start() {
  setsid dockerd --host "$socket" --log-opt max-size=20m --log-opt max-file=2 >"$dir/dockerd.log" 2>&1 </dev/null 9>&- &
  local pid=$! from=$SECONDS
  until answers; do
    if ! kill -0 "$pid" 2>/dev/null || ((SECONDS - from >= seconds_max)); then
      grep -E 'level=(error|fatal)|^failed' "$dir/dockerd.log" | tail -n 5 >&2
      fail "dockerd has not come up in $((SECONDS - from)) s: $dir/dockerd.log"
    fi
    sleep 0.2
  done
}

done_if_it_answers 'which runs already'
[[ ${DOCKER_HOST:-$socket} == "$socket" || ${DOCKER_HOST:-} == unix:///run/docker.sock ]] ||
  fail "DOCKER_HOST is $DOCKER_HOST, where nothing answers"
[[ $(uname -s) == Linux ]] || fail 'no Docker engine answers; start one (Docker Desktop)'
((EUID == 0)) ||
  fail 'no Docker engine answers to this user; start one (sudo systemctl start docker), or run this as root'
mkdir -p "$dir"
exec 9>"$dir/lock"
flock -w 300 9 || fail "$dir/lock is held by another one of this script"
done_if_it_answers 'started meanwhile'
command -v dockerd >/dev/null || install
if [[ -d /run/systemd/system ]]; then systemctl start docker >/dev/null 2>&1 9>&- || true; fi
done_if_it_answers 'started by systemd'
prepare
start
done_if_it_answers "started in $SECONDS s"
fail 'dockerd answers no more'
