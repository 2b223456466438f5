#!/bin/sh
# A second real S3 server on loopback: OpenStack Swift with its S3 interface. Its quirks differ from radosgw's, and
# it keeps each object as a plain file, so that a test can damage one at rest.
#
#   swift.sh start DIR PORT OBJECT_PORT CONTAINER_PORT ACCOUNT_PORT MEMCACHE_PORT
#                            prints "endpoint ACCESS_KEY SECRET_KEY" when it answers (about 8 s)
#   swift.sh stop DIR
#
# With OWNER_PID set it stops by itself when that process is gone, so that a killed test leaves nothing behind.
set -eu

usage() {
  echo "usage: swift.sh start DIR PORT OBJECT CONTAINER ACCOUNT MEMCACHE | swift.sh stop DIR" >&2
  exit 2
}

needs() {
  for program in swift-proxy-server swift-object-server swift-container-server \
    swift-account-server swift-ring-builder memcached curl; do
    command -v "$program" >/dev/null && continue
    echo "swift needs the program $program: apt-get install --no-install-recommends" \
      "swift-proxy swift-object swift-container swift-account memcached curl" >&2
    exit 3
  done
}

ring() {
  swift-ring-builder "$1.builder" create 4 1 0
  swift-ring-builder "$1.builder" add "r1z1-127.0.0.1:$2/d1" 1
  swift-ring-builder "$1.builder" rebalance
}

head_of() {
  cat <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $1
user = $(id -un)
swift_dir = $dir/etc
workers = 0
log_level = WARNING
CONF
}

storage_server() {
  head_of "$2"
  cat <<CONF
devices = $dir/srv
mount_check = false
fallocate_reserve = 0
[pipeline:main]
pipeline = $1-server
[app:$1-server]
use = egg:swift#$1
recon_cache_path = $dir/cache
recon_lock_path = $dir/lock
CONF
}

proxy_server() {
  head_of "$port"
  cat <<CONF
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk s3api tempauth copy slo dlo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$memcache_port
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
dns_compliant_bucket_names = true
min_segment_size = 5242880
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
allow_object_versioning = true
CONF
  for filter in catch_errors gatekeeper healthcheck listing_formats bulk copy slo dlo symlink; do
    printf '[filter:%s]\nuse = egg:swift#%s\n' "$filter" "$filter"
  done
}

configure() {
  mkdir -p "$dir/etc" "$dir/srv/d1" "$dir/log" "$dir/cache" "$dir/lock"
  cat >"$dir/etc/swift.conf" <<CONF
[swift-hash]
swift_hash_path_suffix = s
swift_hash_path_prefix = p
[storage-policy:0]
name = gold
default = yes
CONF
  cd "$dir/etc"
  ring object "$object_port"
  ring container "$container_port"
  ring account "$account_port"
  storage_server object "$object_port" >object-server.conf
  storage_server container "$container_port" >container-server.conf
  storage_server account "$account_port" >account-server.conf
  proxy_server >proxy-server.conf
}

boot() {
  export SWIFT_CONF="$dir/etc"
  memcached -u "$(id -un)" -l 127.0.0.1 -p "$memcache_port" -m 16 -d -P "$dir/memcached.pid"
  for name in object container account proxy; do
    setsid "swift-$name-server" "$dir/etc/$name-server.conf" </dev/null >"$dir/log/$name.log" 2>&1 &
    echo $! >"$dir/$name.pid"
  done
  tries=200
  until curl -fsS -m 2 -o /dev/null "http://127.0.0.1:$port/healthcheck" 2>/dev/null; do
    tries=$((tries - 1))
    if [ "$tries" -le 0 ]; then
      echo "swift does not answer on port $port; see $dir/log" >&2
      return 1
    fi
    sleep 0.2
  done
}

start() {
  needs
  umask 077
  mkdir -p "$dir"
  if ! configure >"$dir/configure.out" 2>&1; then
    cat "$dir/configure.out" >&2
    exit 1
  fi
  if ! boot; then
    stop
    exit 1
  fi
  if [ -n "${OWNER_PID:-}" ]; then
    setsid "$self" watch "$dir" "$OWNER_PID" </dev/null >/dev/null 2>&1 &
  fi
  echo "http://127.0.0.1:$port test:tester testing"
}

# Each by its own pid file, none by name; the proxy first.
stop() {
  for name in proxy object container account memcached; do
    [ -s "$dir/$name.pid" ] || continue
    pid=$(cat "$dir/$name.pid")
    # A pid file can be older than the process that has the number now.
    if grep -qs "$dir" "/proc/$pid/cmdline"; then kill -9 "$pid" 2>/dev/null || true; fi
  done
}

watch() {
  while kill -0 "$owner" 2>/dev/null && [ -d "$dir" ]; do sleep 1; done
  stop
}

self=$(readlink -f "$0")
case "${1:-}:$#" in
  start:7)
    dir=$2 port=$3 object_port=$4 container_port=$5 account_port=$6 memcache_port=$7
    start
    ;;
  stop:2)
    dir=$2
    stop
    ;;
  watch:3)
    dir=$2 owner=$3
    watch
    ;;
  *) usage ;;
esac
