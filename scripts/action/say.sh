# How the scripts of the action speak to the runner. Sourced by them.
# shellcheck shell=bash

# A text as a workflow command takes it:
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
escaped() {
  local text=$1
  text=${text//'%'/%25}
  text=${text//$'\r'/%0D}
  printf '%s' "${text//$'\n'/%0A}"
}

warn() {
  printf '::warning title=kpi::%s\n' "$(escaped "$1")"
}

# The second argument is the exit code, 1 where there is none.
fail() {
  printf '::error title=kpi::%s\n' "$(escaped "$1")"
  exit "${2:-1}"
}
