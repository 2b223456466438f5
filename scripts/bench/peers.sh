#!/bin/sh
# peers.sh NAME CARD A B WORK: what a careful person would do with the tools that are there, both drives side by side:
# copy, flush, forget (the drives are mounted anew), read back, compare. Fails when anything differs.
# LOOP_A and LOOP_B name the drives' devices; OCOPY a checkout of o/COPY.
set -eu
name=$1 card=$2 a=$3 b=$4 work=$5

# both COMMAND: runs a function for each drive at the same time.
both() {
  "$1" "$a" "$LOOP_A" &
  first=$!
  "$1" "$b" "$LOOP_B"
  wait "$first"
}

# What was copied is asked for from the drive and not from memory. Somebody may be looking at the mount just now.
forget() {
  sync -f "$1"
  tries=0
  until umount "$1" 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 50 ] || exit 1
    sleep 0.1
  done
  mount -o noatime "$2" "$1"
}

cp_to() { cp -a "$card/." "$1"; }
# The source was read just now; its sums come from memory, which is to the advantage of this way.
sum_card() { (cd "$card" && find . -type f -print0 | xargs -0 xxhsum -q >"$work/sums"); }
sums_on() { (cd "$1" && xxhsum -q -c "$work/sums" >&2); }

rsync_to() { rsync -a --fsync "$card/" "$1/"; }
rsync_check() { ! rsync -acn --out-format=%n "$card/" "$1/" | grep -qv '/$'; }

rclone_to() { rclone copy --config /dev/null -q "$card" "$1"; }
rclone_check() { rclone check --config /dev/null -q "$card" "$1"; }

flush() { sync -f "$1"; }

case $name in
cp)
  both cp_to
  sum_card
  both forget
  both sums_on
  ;;
rsync)
  both rsync_to
  both forget
  both rsync_check
  ;;
rclone)
  both rclone_to
  both forget
  both rclone_check
  ;;
ocopy)
  # As it is; only the question for updates is left out, and a flush added: it has none.
  /usr/bin/python3 -W ignore - "$OCOPY" "$card" "$a" "$b" >&2 <<'PY'
import sys, types
checkout, *arguments = sys.argv[1:]
sys.path.insert(0, checkout)
update = types.ModuleType('ocopy.cli.update')
update.Updater = type('Updater', (), {'needs_update': False, 'join': lambda self, timeout=None: None})
sys.modules['ocopy.cli.update'] = update
from ocopy.cli.ocopy import cli
sys.exit(cli(arguments, prog_name='ocopy'))
PY
  both flush
  ;;
*)
  echo "no such way: $name" >&2
  exit 64
  ;;
esac
