#!/bin/sh
# A real S3 server on loopback: Ceph's radosgw with one monitor and one OSD that keeps everything in memory.
# All of it is gone when it stops. Debian 12: see "needs" below for the packages.
#
#   radosgw.sh start DIR PORT MON_PORT   prints "endpoint ACCESS_KEY SECRET_KEY" when it answers (about 2 s)
#   radosgw.sh stop DIR
#
# With OWNER_PID set it stops by itself when that process is gone, so that a killed test leaves nothing behind.
set -eu

usage() {
  echo "usage: radosgw.sh start DIR PORT MON_PORT | radosgw.sh stop DIR" >&2
  exit 2
}

needs() {
  for program in radosgw radosgw-admin ceph ceph-mon ceph-osd monmaptool curl; do
    command -v "$program" >/dev/null && continue
    echo "radosgw needs the program $program:" \
      "apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-common curl" >&2
    exit 3
  done
}

configure() {
  cat >"$dir/ceph.conf" <<CONF
[global]
fsid = $fsid
mon_initial_members = a
mon_host = v2:127.0.0.1:$mon_port
public_network = 127.0.0.0/8
cluster_network = 127.0.0.0/8
ms_bind_ipv4 = true
ms_bind_ipv6 = false
ms_bind_msgr1 = false
# No keys on loopback. radosgw asks for encrypted connections by default, which without keys hangs for ever.
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc secure
ms_client_mode = crc secure
ms_cluster_mode = crc secure
ms_service_mode = crc secure
ms_mon_cluster_mode = crc secure
ms_mon_service_mode = crc secure
run_dir = $dir/run
admin_socket = $dir/run/\$cluster-\$name.\$pid.asok
pid_file = $dir/run/\$name.pid
log_file = $dir/log/\$name.log
crash_dir = $dir/crash
exporter_sock_dir = $dir/run
# One disk, one copy, one placement group.
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_crush_chooseleaf_type = 0
mon_max_pg_per_osd = 2000
mon_allow_pool_delete = true
mon_data_avail_warn = 2
mon_data_avail_crit = 1
# Starts in 2 s instead of 11.
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
[mon]
mon_data = $dir/mon
[osd]
osd_data = $dir/osd
osd_objectstore = memstore
memstore_device_bytes = ${MEMSTORE_BYTES:-4294967296}
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:$port
rgw_data = $dir/rgw
rgw_dns_name = localhost
rgw_thread_pool_size = 32
rgw_enable_ops_log = false
rgw_enable_usage_log = false
rgw_run_sync_thread = false
rgw_relaxed_s3_bucket_names = false
CONF
}

boot() {
  conf="$dir/ceph.conf"
  monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$mon_port]" "$dir/monmap" >/dev/null
  ceph-mon -c "$conf" --mkfs -i a --monmap "$dir/monmap"
  ceph-mon -c "$conf" -i a
  timeout 30 ceph -c "$conf" osd new "$osd_id" >/dev/null
  ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$osd_id"
  ceph-osd -c "$conf" -i 0
  timeout 60 radosgw -c "$conf" -n client.rgw
  await_answer
  timeout 30 radosgw-admin -c "$conf" user create --uid=test --display-name=test \
    --access-key=testkey --secret-key=testsecret >/dev/null 2>"$dir/log/admin.err"
}

await_answer() {
  tries=150
  until curl -fsS -m 2 -o /dev/null "http://127.0.0.1:$port/" 2>/dev/null; do
    tries=$((tries - 1))
    if [ "$tries" -le 0 ]; then
      echo "radosgw does not answer on port $port; see $dir/log" >&2
      return 1
    fi
    sleep 0.2
  done
}

start() {
  needs
  umask 077
  fsid=$(cat /proc/sys/kernel/random/uuid)
  osd_id=$(cat /proc/sys/kernel/random/uuid)
  mkdir -p "$dir/mon" "$dir/osd" "$dir/rgw" "$dir/log" "$dir/run"
  configure
  if ! boot >"$dir/log/boot.out" 2>&1; then
    cat "$dir/log/boot.out" >&2
    stop
    exit 1
  fi
  if [ -n "${OWNER_PID:-}" ]; then
    setsid "$0" watch "$dir" "$OWNER_PID" </dev/null >/dev/null 2>&1 &
  fi
  echo "http://127.0.0.1:$port testkey testsecret"
}

# Nothing is worth keeping, so nobody needs time for a tidy end. Each by its own pid file, none by name.
stop() {
  for name in client.rgw osd.0 mon.a; do
    [ -s "$dir/run/$name.pid" ] || continue
    pid=$(cat "$dir/run/$name.pid")
    # A pid file can be older than the process that has the number now.
    if grep -qs "$dir/ceph.conf" "/proc/$pid/cmdline"; then kill -9 "$pid" 2>/dev/null || true; fi
  done
}

watch() {
  while kill -0 "$owner" 2>/dev/null && [ -d "$dir" ]; do sleep 1; done
  stop
}

case "${1:-}:$#" in
  start:4)
    dir=$2 port=$3 mon_port=$4
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
