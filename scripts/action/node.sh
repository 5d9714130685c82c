#!/usr/bin/env bash
# Says whether a newer Node is needed. Output: setup, true or false.
set -euo pipefail

version=$(node --version 2>/dev/null || printf 'v0')
major=${version#v}
major=${major%%.*}
setup=false
if [ "$major" -lt 24 ]; then
  setup=true
  printf 'kpi needs Node 24 or newer, and this runner has %s: the next step sets it up.\n' "$version"
fi
printf 'setup=%s\n' "$setup" >>"$GITHUB_OUTPUT"
