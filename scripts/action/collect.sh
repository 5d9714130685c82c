#!/usr/bin/env bash
# Runs `kpi collect` with the flags that the inputs stand for, and ends with its exit code.
set -euo pipefail

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
flag report "${INPUT_REPORT:-$RUNNER_TEMP/kpi-report.json}"
case $INPUT_DRY_RUN in
  true) arguments+=(--dry-run) ;;
  false | '') ;;
  *)
    printf '::error title=kpi::The input dry-run is true or false.\n'
    exit 64
    ;;
esac

exec node "$KPI" "${arguments[@]}"
