#!/bin/sh
# Runs a command in a control group of its own with so much memory and no swap, and reports what it took.
#
#   within.sh LIMIT_BYTES REPORT COMMAND...
#
# REPORT gets lines of NAME=NUMBER: peak_resident_bytes, of the command's own process, looked at ten times a second;
# peak_group_bytes, with pages of files, which the kernel drops before it kills; kills, processes that it killed.
# Ends as the command does; with 125 where no group can be made.
set -u
limit=$1 report=$2
shift 2
name=goldpan-$$

put() { echo "$2" >"$1"; }
refuse() {
  echo "no control group with a limit can be made: run this as root of the machine, or where sudo asks for no password" >&2
  [ -n "${group:-}" ] && rmdir "$group"
  exit 125
}

# Below the group that we are in, so that limits above it hold too.
v1=/sys/fs/cgroup/memory$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup 2>/dev/null)
[ -e "$v1/memory.limit_in_bytes" ] || v1=/sys/fs/cgroup/memory
v2=/sys/fs/cgroup

if [ -e "$v1/memory.limit_in_bytes" ] && mkdir "$v1/$name" 2>/dev/null; then
  group=$v1/$name
  put "$group/memory.limit_in_bytes" "$limit" || refuse
  put "$group/memory.memsw.limit_in_bytes" "$limit" 2>/dev/null
  peak=memory.max_usage_in_bytes kills=memory.oom_control
elif [ -e "$v2/cgroup.controllers" ] && mkdir "$v2/$name" 2>/dev/null; then
  group=$v2/$name
  # Systemd has switched the controller on already, as a rule.
  put "$v2/cgroup.subtree_control" +memory 2>/dev/null
  put "$group/memory.max" "$limit" || refuse
  put "$group/memory.swap.max" 0 2>/dev/null
  peak=memory.peak kills=memory.events
elif [ -z "${GOLDPAN_WITHIN:-}" ] && sudo -n true 2>/dev/null; then
  # Root makes the group; the command runs as who we are.
  who=$(id -u):$(id -g)
  export GOLDPAN_WITHIN="$who"
  exec sudo -n --preserve-env sh "$0" "$limit" "$report" setpriv --reuid "${who%:*}" --regid "${who#*:}" --clear-groups "$@"
else
  refuse
fi

sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "$@" &
pid=$!
trap 'kill $pid 2>/dev/null' INT TERM
resident=0
while kill -0 $pid 2>/dev/null; do
  now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' /proc/$pid/status 2>/dev/null)
  [ "${now:-0}" -gt "$resident" ] && resident=$now
  sleep 0.1
done
wait $pid
status=$?
{
  echo "peak_resident_bytes=$((resident * 1024))"
  echo "peak_group_bytes=$(cat "$group/$peak" 2>/dev/null || echo 0)"
  echo "kills=$(sed -n 's/^oom_kill //p' "$group/$kills" 2>/dev/null)"
} >"$report"
rmdir "$group" 2>/dev/null
exit $status
