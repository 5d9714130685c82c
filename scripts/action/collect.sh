#!/usr/bin/env bash
# Runs `kpi collect` with the flags that the inputs stand for, and ends with its exit code.
set -euo pipefail
# shellcheck source=scripts/action/say.sh
. "${BASH_SOURCE[0]%/*}/say.sh"

# Wrong inputs are told as kpi would tell them: marked, on the page of the run, and as the outcome.
refuse() {
  printf '**kpi did not start:** %s\n' "$1" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
  printf 'status=failed\n' >>"$GITHUB_OUTPUT"
  fail "$1" 64
}

# Node takes --env-file for its own, and would end without a word of kpi's.
if [ -n "$INPUT_ENV_FILE" ] && { [ ! -r "$INPUT_ENV_FILE" ] || [ -d "$INPUT_ENV_FILE" ]; }; then
  refuse 'The input env-file names no file that can be read: make it in a step before this one, or correct its path, which is relative to working-directory.'
fi
# A folder of its own, since an action may stand in a job twice.
report=$INPUT_REPORT
[ -n "$report" ] || report=$(mktemp -d "$RUNNER_TEMP/kpi-report.XXXXXX")/kpi-report.json

arguments=(collect)
# With `=`, since a value may begin with a minus: --at=-4h.
flag() {
  [ -z "$2" ] || arguments+=("--$1=$2")
}
flag config "$INPUT_CONFIG"
flag env-file "$INPUT_ENV_FILE"
flag providers "$INPUT_PROVIDERS"
flag measurements "$INPUT_MEASUREMENTS"
flag sinks "$INPUT_SINKS"
flag at "$INPUT_AT"
flag timeout "$INPUT_TIMEOUT"
flag fail-on "$INPUT_FAIL_ON"
flag report "$report"
case $INPUT_DRY_RUN in
  true) arguments+=(--dry-run) ;;
  false | '') ;;
  *)
    refuse 'The input dry-run is true or false.'
    ;;
esac

exec node "$KPI" "${arguments[@]}"
