# Sourced by ./etdb and eng/test.sh: what the machine needs, which grain runtime, building once.
# Everything it says goes to stderr; stdout belongs to the command.

say() { printf '%s\n' "etdb: $*" >&2; }
fail() { say "$*"; exit 2; }

have_library() { ldconfig -p 2>/dev/null | grep -q "$1" || ls /usr/lib/*/"$1" /lib/*/"$1" >/dev/null 2>&1; }

# Debian packages, installed when root, else named. Arguments: what for, then package names.
apt_install() {
  local why=$1; shift
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing $* ($why)"
    local log; log=$(mktemp)
    if ! { DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >"$log" 2>&1 \
        || { apt-get update >"$log" 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1; }; }; then
      say "apt-get could not install $*: $(tail -n 1 "$log")"
      rm -f "$log"
      return 1
    fi
    rm -f "$log"
  else
    say "$* is missing ($why). Type:  sudo apt-get install -y $*"
    return 1
  fi
}

require_tools() {
  command -v dotnet >/dev/null || fail "the .NET 10 SDK is missing ('dotnet' is not on the PATH). Install it from your distribution or https://dotnet.microsoft.com, then run this again."
  case $(cd "$root" && dotnet --version 2>/dev/null) in
    10.*) ;;
    *) fail "the .NET 10 SDK is needed; 'dotnet --version' says '$(dotnet --version 2>&1 | head -n 1)'. Install SDK 10.0, then run this again." ;;
  esac
  command -v node >/dev/null && command -v npm >/dev/null || apt_install "Node builds the dashboard" nodejs npm || exit 2
  have_library libsecp256k1.so.1 || apt_install "signatures of the ledger" libsecp256k1-1 || exit 2
  have_library libcrypto.so.3 || apt_install "scrypt and RIPEMD-160 of the ledger" libssl3 || exit 2
}

# Microsoft where its packages restore, else Embedded; asked once and remembered beside the build.
choose_runtime() {
  if [ -n "${ETDB_ORLEANS_RUNTIME:-}" ]; then
    case $ETDB_ORLEANS_RUNTIME in Microsoft | Embedded) ;; *) fail "ETDB_ORLEANS_RUNTIME is '$ETDB_ORLEANS_RUNTIME'; it takes Microsoft or Embedded." ;; esac
    printf '%s' "$ETDB_ORLEANS_RUNTIME"
    return
  fi
  local remembered=$root/artifacts/runtime
  if [ ! -s "$remembered" ] || [ "$root/Directory.Build.props" -nt "$remembered" ]; then
    mkdir -p "$root/artifacts"
    say "asking the registry for Microsoft Orleans (once)"
    if timeout 180 dotnet restore "$root/eng/orleans-probe/orleans-probe.csproj" -p:OrleansRuntime=Microsoft -v:q >/dev/null 2>&1; then
      printf 'Microsoft' > "$remembered"
    else
      say "the registry does not have all of it: the embedded grain runtime is used"
      printf 'Embedded' > "$remembered"
    fi
  fi
  cat "$remembered"
}

flavour() { printf '%s' "${1,,}"; }
cli_path() { printf '%s' "$root/artifacts/$(flavour "$1")/bin/Etdb.Cli/release/etdb"; }

# Anything that a build reads and that is newer than the last one (folders too, so that a removed file counts).
changed_since() {
  [ ! -e "$1" ] || [ -n "$(find "$root/src" "$root/tests/Etdb.Simulation" "$root"/Directory.* "$root"/.globalconfig "$root"/.editorconfig "$root"/global.json "$root"/BannedSymbols.txt \
      \( -name node_modules -o -name dist \) -prune -o -newer "$1" ! -name packages.lock.json ! -name packages.microsoft.lock.json ! -type l -print -quit)" ]
}

# Runs a build step, a line with the time every 10 s; its output is shown only when it fails.
with_progress() {
  local title=$1 log started; shift
  log=$(mktemp); started=$SECONDS
  say "$title …"
  # Compilers stay for later builds: they must not keep the lock of build_cli, which descriptor 8 is.
  "$@" >"$log" 2>&1 8>&- &
  local pid=$!
  trap 'kill $pid 2>/dev/null; rm -f "$log"' EXIT
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    if [ $(((SECONDS - started) % 10)) = 9 ] && [ "${said:-}" != "$SECONDS" ]; then said=$SECONDS; say "  … $((SECONDS - started)) s"; fi
  done
  if ! wait "$pid"; then
    cat "$log" >&2
    rm -f "$log"; trap - EXIT
    fail "$title failed after $((SECONDS - started)) s: the lines above say why."
  fi
  rm -f "$log"; trap - EXIT
  say "$title: done in $((SECONDS - started)) s"
}

build_cli() {
  local runtime=$1 stamp
  stamp=$root/artifacts/$(flavour "$runtime")/.built
  mkdir -p "$(dirname "$stamp")"
  exec 8>"$stamp.lock"
  flock -n 8 || { say "waiting for another build in this folder to end …"; flock 8; }
  if changed_since "$stamp"; then
    local begun; begun=$(mktemp "$(dirname "$stamp")/.begun.XXXX")
    with_progress "building (${runtime} grain runtime; the first time takes a few minutes)" \
      dotnet build "$root/src/Etdb.Cli/Etdb.Cli.csproj" -c Release -p:OrleansRuntime="$runtime" -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false -v:q -nologo -clp:NoSummary
    mv "$begun" "$stamp"
  fi
  exec 8>&-
}
