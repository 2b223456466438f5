# shellcheck shell=sh
# Where an installation puts things; shared by install.sh and uninstall.sh. To be sourced after `say` is known.
# shellcheck disable=SC2034 # used by the scripts that source this

mode=''
dry_run=no
root=''
link=no

# parse_options USAGE ARGUMENT...: sets mode, dry_run, root and link.
parse_options() {
  usage=$1
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      --system | --user) mode=${1#--} ;;
      --dry-run) dry_run=yes ;;
      --link) link=yes ;;
      --root)
        [ $# -ge 2 ] || wrong_usage '--root needs a folder.'
        root=${2%/}
        shift
        ;;
      --help | -h)
        printf '%s\n' "$usage"
        exit 0
        ;;
      *) wrong_usage "There is no option $1." ;;
    esac
    shift
  done
  choose_places
}

wrong_usage() {
  say "$1"
  say "$usage"
  exit 2
}

# Sets kind (system, user, mac) and the paths that belong to it.
choose_places() {
  if [ "$(uname -s)" = Darwin ]; then
    [ "$mode" != system ] || give_up \
      'On macOS there is no system service: only a session may be asked for access to cards.' \
      'Leave --system out.'
    kind=mac
  elif [ -n "$mode" ]; then
    kind=$mode
  elif [ "$(id -u)" -eq 0 ]; then
    kind=system
  else
    kind=user
  fi
  case $kind in
    system)
      app=$root/usr/local/lib/safelight
      bin=$root/usr/local/bin/safelight
      unit=$root/etc/systemd/system/safelight.service
      config_folder=$root/etc/safelight
      state_folder=$root/var/lib/safelight
      ;;
    user)
      app=$root$HOME/.local/lib/safelight
      bin=$root$HOME/.local/bin/safelight
      unit=$root${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user/safelight.service
      config_folder=$root${XDG_CONFIG_HOME:-$HOME/.config}/safelight
      state_folder=$root$HOME/.local/state/safelight
      ;;
    mac)
      config_folder="$root$HOME/Library/Application Support/safelight"
      app=$config_folder/app
      bin=$root$HOME/.local/bin/safelight
      unit=$root$HOME/Library/LaunchAgents/org.safelight.agent.plist
      state_folder=$root$HOME/.local/state/safelight
      ;;
  esac
}

# The extra files of a system installation, as "source target" lines.
system_files() {
  cat <<EOF
systemd/60-safelight-led.rules $root/etc/udev/rules.d/60-safelight-led.rules
systemd/50-safelight.rules $root/etc/polkit-1/rules.d/50-safelight.rules
systemd/safelight.sysusers.conf $root/etc/sysusers.d/safelight.conf
systemd/safelight.tmpfiles.conf $root/etc/tmpfiles.d/safelight.conf
systemd/safelight.modules-load.conf $root/etc/modules-load.d/safelight.conf
EOF
}

# act COMMAND...: does it, or says what it would do.
act() {
  if [ "$dry_run" = yes ]; then
    say "would run: $*"
  else
    "$@"
  fi
}

# manage COMMAND...: like act, for what changes the running system: never for a tree below --root.
manage() {
  [ -z "$root" ] || return 0
  if ! command -v "$1" >/dev/null 2>&1; then
    say "not done, there is no $1 here: $*"
    return 0
  fi
  act "$@"
}

has_systemd() {
  [ -d /run/systemd/system ]
}
