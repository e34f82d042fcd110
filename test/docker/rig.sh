#!/usr/bin/env bash
# Owns a private Docker daemon for the time of a command: rig.sh COMMAND [ARGUMENT…]
#
# The daemon and its tools are Debian's packages, unpacked into a temporary folder and not installed; they are kept as one
# file in .cache/docker. Its base images are made of this machine's own packages, as there may be no registry to pull from.
# The daemon has data, socket and network of its own; when the command has ended, nothing of it is left. What a rig that was killed
# has left is removed by the next one. Needs root on Debian.
set -euo pipefail
export LC_ALL=C
umask 022

cache=$(cd "$(dirname "$0")/../.." && pwd)/.cache/docker
work=$(mktemp -d /tmp/racetrack-docker.XXXX)
echo $$ >"$work/rig-pid"
tools=$work/tools
libraries=$tools/usr/lib/$(uname -m)-linux-gnu
forward=$(cat /proc/sys/net/ipv4/ip_forward)
found=$(ls -d /run/docker /run/containerd /etc/docker/key.json 2>/dev/null || true)
daemon=
command=
mkdir -p "$cache" "$tools" "$work/config"

say() { printf 'docker rig: %s\n' "$*" >&2; }

table() { env LD_LIBRARY_PATH="$libraries" XTABLES_LIBDIR="$libraries/xtables" "$tools/usr/sbin/iptables" "$@"; }

# Asks a process to end, and ends it by force after 20 s.
end() {
  kill "$1" 2>/dev/null || return 0
  for _ in $(seq 400); do
    kill -0 "$1" 2>/dev/null || return 0
    sleep 0.05
  done
  kill -9 "$1" 2>/dev/null || true
}

# What a daemon adds to the machine's packet filter, and leaves there.
forget_network() {
  ip link del docker0
  for name in filter nat; do
    table -t "$name" -S | sed -nE '/DOCKER|docker0/s/^-A/-D/p' | while read -r rule; do
      # shellcheck disable=SC2086 # a rule is several arguments
      table -t "$name" $rule
    done
    table -t "$name" -S | sed -n 's/^-N \(DOCKER.*\)/\1/p' | while read -r chain; do
      table -t "$name" -F "$chain"
      table -t "$name" -X "$chain"
    done
  done
  table -P FORWARD ACCEPT
  echo "$forward" >/proc/sys/net/ipv4/ip_forward
}

remove_folder() {
  awk -v below="$1/" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount -l
  rm -rf --one-file-system "$1"
}

# Ends and removes what a rig has left that was killed.
remove_dead() {
  local folder file pid
  for folder in /tmp/racetrack-docker.*; do
    pid=$(cat "$folder/rig-pid" 2>/dev/null || true)
    if [ -n "$pid" ] && grep -qs rig.sh "/proc/$pid/cmdline"; then continue; fi
    for file in "$folder/pid" "$folder/exec/containerd/containerd.pid"; do
      if [ -s "$file" ]; then end "$(cat "$file")"; fi
    done
    remove_folder "$folder"
    (set +e +o pipefail; forget_network) >/dev/null 2>&1 || true
  done
}

tear_down() {
  local code=$?
  trap - EXIT
  trap '' INT TERM # a second signal must not stop this
  set +e +o pipefail
  [ -z "$command" ] || end "$command"
  if [ -n "$daemon" ]; then
    # A container that ignores SIGTERM would delay the daemon's end.
    docker ps -aq | xargs -r docker rm -f -v >/dev/null 2>&1
    end "$daemon"
    forget_network >/dev/null 2>&1
  fi
  for path in /run/docker /run/containerd /etc/docker/key.json; do
    case "$found" in *"$path"*) ;; *) rm -rf --one-file-system "$path" ;; esac
  done
  remove_folder "$work"
  exit "$code"
}
trap tear_down EXIT
trap 'exit 130' INT TERM

unpack_tools() {
  local kept=$cache/tools.tar
  if [ ! -s "$kept" ]; then
    say 'downloading the daemon'
    mkdir "$work/packages"
    apt-get update -qq >/dev/null
    (cd "$work/packages" && apt-get download -qq docker.io containerd runc iptables tini \
      lib{ip6tc2,netfilter-conntrack3,nfnetlink0,nftnl11} 2>/dev/null)
    for package in "$work"/packages/*.deb; do dpkg -x "$package" "$tools"; done
    rm -rf "$work/packages" "$tools"/usr/share "$tools"/etc "$tools"/lib
    for name in ip{,6}tables{,-save,-restore}; do ln -sf xtables-nft-multi "$tools/usr/sbin/$name"; done
    tar -C "$tools" -cf "$kept.$$" .
    mv "$kept.$$" "$kept"
  else
    tar -C "$tools" -xf "$kept"
  fi
}

start_daemon() {
  if [ -e /sys/class/net/docker0 ]; then
    say 'there is a docker0 already: another daemon runs on this machine'
    exit 1
  fi
  local uplink mtu
  uplink=$(ip -o route show default | sed -nE 's/.* dev ([^ ]+).*/\1/p;q')
  mtu=$(cat "/sys/class/net/$uplink/mtu" 2>/dev/null || echo 1500)
  env LD_LIBRARY_PATH="$libraries" XTABLES_LIBDIR="$libraries/xtables" dockerd --data-root "$work/data" \
    --exec-root "$work/exec" --pidfile "$work/pid" -H "$DOCKER_HOST" --mtu "$mtu" >"$work/daemon.log" 2>&1 &
  daemon=$!
  for _ in $(seq 600); do
    docker version >/dev/null 2>&1 && return
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.05
  done
  tail -5 "$work/daemon.log" >&2
  exit 1
}

# base IMAGE PACKAGE…  An image of these packages and what they need, out of the files that this machine has installed.
base() {
  local name=$1 list root path
  shift
  list=$(mktemp -d "$work/base.XXXX")
  root=$list/root
  {
    dpkg-query -Wf '${Essential} ${Package}\n' | sed -n 's/^yes //p'
    printf '%s\n' apt mawk debian-archive-keyring ca-certificates "$@"
  } >"$list/wanted"
  # shellcheck disable=SC2046 # one argument for each package
  apt-cache depends --recurse --installed --no-{recommends,suggests,conflicts,breaks,replaces,enhances} $(<"$list/wanted") |
    grep -E '^[a-z0-9]' | sed 's/:.*//' | sort -u >"$list/all"
  dpkg-query -Wf '${db:Status-Abbrev} ${Package} ${binary:Package}\n' | sed -n 's/^ii *//p' | sort |
    join "$list/all" - | cut -d' ' -f2 >"$list/packages"
  mkdir -p "$root"/{tmp,run,proc,sys,dev,root,home/node,usr/local/bin,etc/ssl/certs} "$root"/var/{tmp,log,lib,cache}
  chmod 1777 "$root/tmp" "$root/var/tmp"
  { cat /usr/share/base-passwd/passwd.master && echo 'node:x:1000:1000::/home/node:/bin/sh'; } >"$root/etc/passwd"
  { cat /usr/share/base-passwd/group.master && echo 'node:x:1000:'; } >"$root/etc/group"
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  ln -s /usr/bin/python3 "$root/usr/local/bin/python"
  chown 1000:1000 "$root/home/node"
  {
    xargs dpkg -L <"$list/packages" | sed -n 's,^/\(.\),\1,p' |
      grep -Ev '^usr/share/(man|doc|locale|info|lintian|bash-completion)/|^usr/include/|EXTERNALLY-MANAGED$'
    cd /
    ls -d bin sbin lib lib64 usr/{bin,sbin,lib,lib64} etc/{nsswitch.conf,ld.so.cache,ld.so.conf} etc/ld.so.conf.d/* \
      usr/bin/awk etc/alternatives/awk
    case " $* " in *" nodejs "*) find usr/lib/node_modules/npm usr/bin/npm usr/bin/npx ;; esac
  } | sed -E 's,^(bin|sbin|lib|lib64)/,usr/&,' | sort -u |
    while IFS= read -r path; do if [ -e "/$path" ] || [ -L "/$path" ]; then printf '%s\n' "$path"; fi; done >"$list/files"
  (cd "$root" && find . -mindepth 1 | sed 's,^./,,' | sort) >"$list/given"
  # Builds reach package registries with the certificates that this machine trusts.
  tar --no-recursion --numeric-owner -cf - -C / -T <(comm -23 "$list/files" "$list/given") -C "$root" -T "$list/given" |
    docker import -c 'CMD ["bash"]' -c 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
      -c 'ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt' -c 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' \
      - "$name" >/dev/null
  rm -rf "$list"
}

unpack_tools
remove_dead
export PATH=$tools/usr/bin:$tools/usr/sbin:$PATH DOCKER_HOST=unix://$work/docker.sock DOCKER_CONFIG=$work/config
start_daemon
base python:3.11-slim-bookworm python3 python3-pip python3-venv &
python=$!
base node:20-bookworm-slim nodejs
wait "$python"
say 'a Docker daemon with its base images is there'
"$@" <&0 &
command=$!
code=0
wait "$command" || code=$?
command=
exit "$code"
