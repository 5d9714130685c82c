#!/usr/bin/env bash
# Finds the kpi to run, and says where it is. Output: kpi, its entry point.
set -euo pipefail

case $INPUT_STATE in
  branch | none) ;;
  *)
    printf '::error title=kpi::The input state is branch or none.\n'
    exit 1
    ;;
esac

case $INPUT_VERSION in
  '')
    # The sources of the action itself, which Node reads as they are: nothing is built, and no script of a package runs.
    kpi=$GITHUB_ACTION_PATH/bin/dev.js
    if [ ! -d "$GITHUB_ACTION_PATH/node_modules" ]; then
      (cd "$GITHUB_ACTION_PATH" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund)
    fi
    ;;
  workspace)
    kpi=$PWD/node_modules/kpi/bin/run.js
    if [ ! -e "$kpi" ]; then
      printf '::error title=kpi::There is no kpi in %s/node_modules: install it in a step before this one, or leave out the input version.\n' "$PWD"
      exit 1
    fi
    ;;
  *)
    # The name kpi on npm is not ours: what stands there must not run with anybody's secrets.
    printf '::error title=kpi::The input version is empty (the version that the action was called with) or workspace: kpi is not on npm yet.\n'
    exit 1
    ;;
esac
node "$kpi" --version
printf 'kpi=%s\n' "$kpi" >>"$GITHUB_OUTPUT"
