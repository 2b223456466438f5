#!/bin/sh
# Installs safelight from this checkout as a service. Can be run again at any time: only what differs is changed.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib/ensure.sh
. scripts/lib/places.sh

USAGE='Usage: scripts/install.sh [--system|--user] [--link] [--dry-run] [--root DIR]
  --system   a service of the machine (default for root): for machines without a desktop
  --user     a service of your session (default otherwise): for desktops, with notifications
  --link     run from this checkout instead of a copy
  --dry-run  only say what would be done
  --root DIR put the files below DIR and leave the running system alone (for packages and tests)
Configuration, ledger and pictures are never touched.'

# put SOURCE TARGET MODE: writes the file when it is missing or different.
put() {
  if [ -f "$2" ] && cmp -s "$1" "$2"; then
    return 0
  fi
  if [ "$dry_run" = yes ]; then
    say "would write: $2"
    return 0
  fi
  mkdir -p "$(dirname "$2")"
  cp "$1" "$2.new"
  chmod "$3" "$2.new"
  mv "$2.new" "$2"
  say "written: $2"
}

# The copy that runs: built code and the packages it needs, without those for development.
put_app() {
  id=$(node scripts/lib/build-id.mjs)
  if [ -f "$app/.installed" ] && [ "$(cat "$app/.installed")" = "$id" ]; then
    return 0
  fi
  if [ "$dry_run" = yes ]; then
    say "would write: $app (the program)"
    return 0
  fi
  say "Copying the program to $app ..."
  rm -rf "$app.new"
  mkdir -p "$app.new"
  # -H: a folder that is a link is copied as what it leads to, or pruning would empty somebody else's packages.
  cp -RH dist docs systemd launchd node_modules package.json package-lock.json README.md LICENSE "$app.new"
  (cd "$app.new" && npm prune --omit=dev --offline --no-audit --no-fund --loglevel=error >/dev/null)
  printf '%s\n' "$id" >"$app.new/.installed"
  rm -rf "$app.old"
  [ ! -e "$app" ] || mv "$app" "$app.old"
  mv "$app.new" "$app"
  rm -rf "$app.old"
}

# The command `safelight`, which the service starts too. Paths in it are those of the final machine, without --root.
put_command() {
  node=$(node -p process.execPath)
  if [ "$kind" = system ]; then
    case $node in
      /home/* | /root/*) give_up \
        "The node in use is $node, which a system service cannot reach." \
        'Install Node for the whole machine (NodeSource, or your distribution if it is new enough).' ;;
    esac
  fi
  if [ "$kind" = mac ]; then
    # Access to volumes is granted to a program at a path; a shared node would lose it at its next upgrade.
    own=$config_folder/node
    put "$node" "$own" 755
    node=${own#"$root"}
  fi
  # What Node does not collect in time is memory that the machine has to hold: a third less with these.
  flags=$(cat scripts/lib/node-flags)
  scratch=$(mktemp)
  cat >"$scratch" <<EOF
#!/bin/sh
# Written by scripts/install.sh.
exec "$node" $flags "$program/dist/main.js" "\$@"
EOF
  put "$scratch" "$bin" 755
  rm -f "$scratch"
}

put_example() {
  scratch=$(mktemp)
  node --input-type=module -e '
    import { pathToFileURL } from "node:url";
    const example = await import(pathToFileURL("dist/config/example.js"));
    process.stdout.write(example.DEFAULT_CONFIG_TEXT);
  ' >"$scratch"
  put "$scratch" "$config_folder/config.example.toml" 644
  rm -f "$scratch"
}

install_system() {
  put systemd/safelight.service "$unit" 644
  system_files | while read -r source target; do
    put "$source" "$target" 644
  done
  manage systemd-sysusers "$root/etc/sysusers.d/safelight.conf"
  manage systemd-tmpfiles --create "$root/etc/tmpfiles.d/safelight.conf"
  if [ -n "$root" ] || ! has_systemd; then
    say 'systemd is not running here: the service is not started.'
    return 0
  fi
  # The line of modules-load.d counts from the next boot on.
  manage modprobe ledtrig_pattern || say 'The kernel has no trigger "pattern": status lamps blink without it.'
  manage udevadm control --reload
  manage udevadm trigger --action=change --subsystem-match=leds --subsystem-match=hidraw
  manage systemctl daemon-reload
  manage systemctl enable safelight.service
  start_or_explain systemctl
}

install_user() {
  put systemd/user/safelight.service "$unit" 644
  if [ -n "$root" ] || ! systemctl --user show-environment >/dev/null 2>&1; then
    say 'No systemd session here: the service is not started.'
    return 0
  fi
  manage systemctl --user daemon-reload
  manage systemctl --user enable safelight.service
  start_or_explain systemctl --user
}

install_mac() {
  scratch=$(mktemp)
  sed "s|@HOME@|$HOME|g" launchd/org.safelight.agent.plist >"$scratch"
  put "$scratch" "$unit" 644
  rm -f "$scratch"
  domain=gui/$(id -u)
  if [ -z "$root" ] && [ -f "$config_folder/config.toml" ]; then
    launchctl bootout "$domain/org.safelight.agent" 2>/dev/null || true
  fi
  start_or_explain launchctl bootstrap "$domain" "$unit"
}

# Starting without a configuration would only fail; a running service is started afresh on the new program.
start_or_explain() {
  if [ ! -f "$config_folder/config.toml" ]; then
    say "Not started yet: there is no ${config_folder#"$root"}/config.toml."
    say 'Write it with "safelight setup", or copy config.example.toml beside it and edit it, then run this again.'
    return 0
  fi
  case $1 in
    systemctl) manage "$@" restart safelight.service ;;
    *) manage "$@" ;;
  esac
}

parse_options "$USAGE" "$@"
[ "$dry_run" = no ] || [ -d node_modules ] || give_up 'Nothing is built yet.' 'Run this without --dry-run, or "npm ci && npm run build" first.'
[ "$dry_run" = yes ] || ensure_build
if [ "$link" = yes ]; then
  program=$(pwd)
else
  put_app
  program=${app#"$root"}
fi
put_command
put_example
"install_$kind"
[ "$dry_run" = yes ] || say 'Installed. Try: safelight doctor'
