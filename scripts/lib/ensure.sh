# shellcheck shell=sh
# Makes sure that what a script needs is there. To be sourced, with the project's root as working folder.

MINIMUM_NODE='20.19'

say() {
  printf '%s\n' "$*" >&2
}

# Says what is wrong and what to do, and ends the script.
give_up() {
  say "$1"
  [ $# -lt 2 ] || say "$2"
  exit 1
}

ensure_node() {
  command -v node >/dev/null 2>&1 || give_up \
    'Node is not installed.' \
    "Install Node $MINIMUM_NODE or newer (24 LTS is a good choice), then run this again."
  # shellcheck disable=SC2016 # the program's own template string
  node -e '
    const [a, b] = process.versions.node.split(".").map(Number);
    const [c, d] = process.argv[1].split(".").map(Number);
    process.exitCode = a > c || (a === c && b >= d) ? 0 : 1;
  ' "$MINIMUM_NODE" || give_up \
    "Node $(node --version) is too old." \
    "Install Node $MINIMUM_NODE or newer (24 LTS is a good choice), then run this again."
}

# ensure_apt WHY PACKAGE...: installs the Debian packages that are missing. Returns 1 when it cannot.
ensure_apt() {
  why=$1
  shift
  missing=''
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say "No Debian packages here; $why needs the equivalents of: $*"
    return 1
  fi
  for package in "$@"; do
    state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) || state=''
    case $state in
      ?i*) ;;
      *) missing="$missing $package" ;;
    esac
  done
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    say "Missing for $why:$missing"
    say "Install them with: sudo apt-get install --no-install-recommends$missing"
    return 1
  fi
  say "Installing for $why:$missing"
  apt_log=$(mktemp)
  # shellcheck disable=SC2086 # a list of package names
  if ! install_apt $missing >"$apt_log" 2>&1; then
    tail -n 20 "$apt_log" >&2
    rm -f "$apt_log"
    say 'Not all of these packages could be installed; what needs them will say so.'
    return 1
  fi
  rm -f "$apt_log"
}

# The lists on a fresh machine may be missing or old: refresh them only when the first try fails. One package that
# this release does not have must not keep the others from being installed.
install_apt() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y --no-install-recommends "$@" && return 0
  apt-get update
  apt-get install -y --no-install-recommends "$@" && return 0
  failed=0
  for package in "$@"; do
    apt-get install -y --no-install-recommends "$package" || failed=1
  done
  return "$failed"
}

# Installs the npm packages when they are missing or the lock file has changed since.
ensure_npm() {
  ensure_node
  [ -d node_modules ] && node scripts/lib/packages-current.mjs && return 0
  if [ "$(uname -s)" = Linux ] && ! { command -v c++ && command -v make && command -v python3; } >/dev/null 2>&1; then
    ensure_apt 'compiling better-sqlite3 (where no ready-made build can be had)' g++ make python3 || true
  fi
  say 'Installing npm packages (one to two minutes where better-sqlite3 must be compiled) ...'
  npm_log=$(mktemp)
  if ! install_npm >"$npm_log" 2>&1; then
    tail -n 30 "$npm_log" >&2
    rm -f "$npm_log"
    give_up 'The npm packages could not be installed.' 'The lines above say why; a network or a compiler may be missing.'
  fi
  rm -f "$npm_log"
  node scripts/lib/packages-current.mjs --stamp
}

# `npm ci` refuses a lock file that lacks the optional packages of other platforms (it does where the registry had
# not yet published them when the lock was written). The second form installs the same locked versions regardless.
install_npm() {
  # Compilers on all cores.
  export JOBS=max
  npm ci --no-audit --no-fund && return 0
  npm install --no-save --no-audit --no-fund
}

# Builds dist/ when a source is newer than the last build.
ensure_build() {
  ensure_npm
  if [ -f dist/main.js ] && [ -f dist/.built ]; then
    newer=$(find src scripts/copy-assets.mjs package.json tsconfig.json tsconfig.build.json -newer dist/.built | head -n 1)
    [ -n "$newer" ] || return 0
  fi
  say 'Building ...'
  mkdir -p dist
  # Stamped with the time of the start: what is edited meanwhile must be built again.
  touch dist/.building
  npm run --silent build || give_up 'The build failed.' 'The lines above say where.'
  mv dist/.building dist/.built
}
