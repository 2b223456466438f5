#!/bin/sh
# Takes the service and the program away again. What people own stays: configuration, ledger, logs, pictures.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib/ensure.sh
. scripts/lib/places.sh

USAGE='Usage: scripts/uninstall.sh [--system|--user] [--dry-run] [--root DIR]
Removes what scripts/install.sh has written. Configuration, ledger and pictures stay where they are.'

# take_away PATH: removes one file of ours; nothing happens when it is not there.
take_away() {
  [ -e "$1" ] || return 0
  act rm -f "$1"
  [ "$dry_run" = yes ] || say "removed: $1"
}

stop_service() {
  case $kind in
    system)
      if [ -z "$root" ] && has_systemd && [ -f "$unit" ]; then
        manage systemctl disable --now safelight.service
      fi
      ;;
    user)
      if [ -z "$root" ] && [ -f "$unit" ] && systemctl --user show-environment >/dev/null 2>&1; then
        manage systemctl --user disable --now safelight.service
      fi
      ;;
    mac)
      if [ -f "$unit" ]; then
        manage launchctl bootout "gui/$(id -u)/org.safelight.agent" || true
      fi
      ;;
  esac
}

# Only a folder that install.sh has marked is removed as a whole.
take_app_away() {
  [ -d "$app" ] || return 0
  if [ ! -f "$app/.installed" ]; then
    say "left alone, not written by install.sh: $app"
    return 0
  fi
  act rm -rf "$app"
  [ "$dry_run" = yes ] || say "removed: $app"
}

reload_system() {
  [ -z "$root" ] || return 0
  case $kind in
    system)
      has_systemd || return 0
      manage systemctl daemon-reload
      manage udevadm control --reload
      ;;
    user)
      systemctl --user show-environment >/dev/null 2>&1 || return 0
      manage systemctl --user daemon-reload
      ;;
  esac
}

parse_options "$USAGE" "$@"
stop_service
take_away "$unit"
if [ "$kind" = system ]; then
  system_files | while read -r _source target; do
    take_away "$target"
  done
fi
take_away "$bin"
take_app_away
take_away "$config_folder/config.example.toml"
[ "$kind" != mac ] || take_away "$config_folder/node"
reload_system
say "Kept: configuration in $config_folder, ledger in $state_folder, and everything on your drives."
