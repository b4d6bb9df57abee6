#!/usr/bin/env bash
# ./etdb test [--filter TEXT] [--project NAME] [--no-build]
# Builds everything in both flavours that this machine can have and runs every test; ends with `N passed, N failed, N skipped`.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/eng/build.sh"

filter='' only='' build=yes
while [ $# -gt 0 ]; do
  case $1 in
    --filter) [ $# -ge 2 ] || fail "--filter takes a part of a test's name."; filter=${2#\*}; filter=${filter%\*}; shift 2 ;;
    --project) [ $# -ge 2 ] || fail "--project takes a test project's name, e.g. Etdb.Domain.Tests."; only=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    -h | --help)
      cat <<'H'
Runs every test that can run here.

Usage:
  ./etdb test [--filter TEXT] [--project NAME] [--no-build]

  --filter TEXT    only tests whose full name contains TEXT
  --project NAME   only this test project
  --no-build       use what is built

Results (TRX) and logs: artifacts/test-results/. What cannot run here is reported as skipped, with the reason.

Examples:
  ./etdb test
  ./etdb test --filter Multipart
  ./etdb test --project Etdb.Domain.Tests
H
      exit 0 ;;
    *) fail "test does not know '$1'; './etdb test --help' says what it takes." ;;
  esac
done

require_tools
runtime=$(choose_runtime)
results=$root/artifacts/test-results
rm -rf "$results"; mkdir -p "$results"

# The pure parts and the simulation run on the embedded runtime; what the grain runtime can change is run on each that is there.
both=(Etdb.Orleans.Tests Etdb.Grains.Tests)
default_only=(Etdb.Integration.Tests Etdb.Browser.Tests)
is_in() { local x=$1; shift; for y in "$@"; do [ "$x" = "$y" ] && return 0; done; return 1; }

plan=()
for project in "$root"/tests/*/*.csproj; do
  name=$(basename "$project" .csproj)
  case $name in Etdb.Testing | Etdb.Simulation) continue ;; esac
  [ -z "$only" ] || [ "$name" = "$only" ] || continue
  if is_in "$name" "${default_only[@]}"; then plan+=("$runtime $name")
  else
    plan+=("Embedded $name")
    if [ "$runtime" != Embedded ] && is_in "$name" "${both[@]}"; then plan+=("$runtime $name"); fi
  fi
done
[ ${#plan[@]} -gt 0 ] || fail "there is no test project '$only'; they are in tests/."
[ "$runtime" = Microsoft ] || say "Microsoft Orleans is not to be had here: its half is built and tested only where its packages restore"

if [ "$build" = yes ]; then
  build_cli "$runtime"
  for flavour_name in Embedded Microsoft; do
    # One graph build a flavour: a solution filter written from the plan.
    list=()
    for entry in "${plan[@]}"; do read -r r n <<<"$entry"; [ "$r" = "$flavour_name" ] && list+=("\"tests/$n/$n.csproj\""); done
    [ ${#list[@]} -gt 0 ] || continue
    slnf=$root/artifacts/test-$(flavour "$flavour_name").slnf
    printf '{"solution":{"path":"../Etdb.Orleans.sln","projects":[%s]}}' "$(IFS=,; printf '%s' "${list[*]//\//\\\\}")" > "$slnf"
    with_progress "building the tests ($flavour_name)" dotnet build "$slnf" -c Release -p:OrleansRuntime="$flavour_name" -v:q -nologo -clp:NoSummary
  done
fi

export ETDB_CLI; ETDB_CLI=$(cli_path "$runtime")
passed=0 failed=0 skipped=0 broken=()
count() { sed -n "s/.*<Counters [^>]*\b$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1; }
for entry in "${plan[@]}"; do
  read -r r n <<<"$entry"
  exe=$root/artifacts/$(flavour "$r")/bin/$n/release/$n
  trx=$results/$n.$(flavour "$r").trx log=$results/$n.$(flavour "$r").log
  started=$SECONDS
  arguments=(-noLogo -noColor -trx "$trx")
  [ -z "$filter" ] || arguments+=(-method "*$filter*")
  timeout 1200 "$exe" "${arguments[@]}" >"$log" 2>&1 </dev/null && code=0 || code=$?
  if [ ! -s "$trx" ]; then
    # No results at all: with a filter that is "nothing matched", else the run itself broke.
    if [ -n "$filter" ] && [ "$code" -lt 100 ]; then continue; fi
    broken+=("$n ($r): no results, exit code $code, see $log"); failed=$((failed + 1)); tail -n 20 "$log" >&2; continue
  fi
  p=$(count "$trx" passed) f=$(count "$trx" failed) t=$(count "$trx" total); s=$((t - p - f))
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  say "$(printf '%-28s %-9s %5d passed %3d failed %3d skipped %4d s' "$n" "$r" "$p" "$f" "$s" $((SECONDS - started)))"
  grep -hE '\[SKIP\]' -A 1 "$log" | grep -v '^--' >&2 || true
  if [ "$f" -gt 0 ]; then grep -E '\[FAIL\]' -A 12 "$log" | head -n 120 >&2; fi
  if [ "$code" -ne 0 ] && [ "$f" = 0 ]; then broken+=("$n ($r): exit code $code, see $log"); failed=$((failed + 1)); fi
done

if [ -z "$only$filter" ] && [ -f "$root/src/Etdb.Dashboard/ClientApp/package.json" ]; then
  log=$results/ClientApp.json
  if (cd "$root/src/Etdb.Dashboard/ClientApp" && npx --no-install vitest run --reporter=json --outputFile="$log" >"$results/ClientApp.log" 2>&1 </dev/null); then :; fi
  if [ -s "$log" ]; then
    read -r p f s < <(node -e 'const r=JSON.parse(require("fs").readFileSync(process.argv[1]));console.log(r.numPassedTests,r.numFailedTests+(r.numFailedTestSuites>0&&r.numFailedTests===0?1:0),r.numPendingTests)' "$log")
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    say "$(printf '%-28s %-9s %5d passed %3d failed %3d skipped' ClientApp vitest "$p" "$f" "$s")"
  else
    broken+=("ClientApp: vitest gave no results, see $results/ClientApp.log"); failed=$((failed + 1))
  fi
fi

for line in "${broken[@]:-}"; do [ -z "$line" ] || say "$line"; done
[ $((passed + failed)) -gt 0 ] || { say "no test ran"; failed=1; }
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
