#!/usr/bin/env bash
# Brings the state files from the state branch into the working directory. Nothing that is there already is overwritten.
# Outputs: store, a repository of its own for save.sh, so that the user's checkout is never touched; base, the commit that was read.
set -euo pipefail
# shellcheck source=scripts/action/common.sh
. "${BASH_SOURCE[0]%/*}/common.sh"

# Before anything is collected, which could not be saved.
for path in "${paths[@]}"; do must_be_free "$path"; done

store=$(mktemp -d "$RUNNER_TEMP/kpi-state.XXXXXX")
git init --quiet --bare --template= "$store"
export GIT_DIR=$store
git config transfer.fsckObjects true
printf 'store=%s\n' "$store" >>"$GITHUB_OUTPUT"

fetch() {
  base=$(tip) || return
  [ -z "$base" ] || git fetch --quiet --depth=1 --no-tags "$remote" "+refs/heads/$branch:refs/kpi/base" 2>"$RUNNER_TEMP/kpi-git.log" || return
  [ -z "$base" ] || base=$(git rev-parse refs/kpi/base)
}
patiently fetch || fail "the branch $branch cannot be read: $(said)"
printf 'base=%s\n' "$base" >>"$GITHUB_OUTPUT"
if [ -z "$base" ]; then
  printf 'There is no branch %s yet: this run begins without a past, and makes it.\n' "$branch"
  exit 0
fi

commit=$(git cat-file commit "$base")
if grep -q '^parent ' <<<"${commit%%$'\n\n'*}" || [ "$(head -n 1 <<<"${commit#*$'\n\n'}")" != "$title" ]; then
  fail "the branch $branch was not made by kpi, which would replace all that is on it: give state-branch the name of a branch that does not exist yet"
fi

# All is looked at before anything is written.
files=()
blobs=()
unnamed=()
there=()
while IFS= read -r -d '' entry; do
  file=${entry#*$'\t'}
  read -r mode _ blob _ <<<"${entry%%$'\t'*}"
  is_plain_name "$file" || fail "a file on the branch $branch has a name that kpi gives to none: \"$file\"; delete the branch, or give state-branch another name"
  [ "$mode" = 100644 ] || fail "$file on the branch $branch is no plain file: delete the branch, or give state-branch another name"
  if ! is_named "$file"; then
    unnamed+=("$file")
    continue
  fi
  must_be_free "$file"
  if [ -e "$file" ]; then
    [ -f "$file" ] && [ "$(git hash-object --no-filters -- "$file")" = "$blob" ] || there+=("$file")
    continue
  fi
  # What SQLite left beside a database belongs to that database and to no other.
  [ ! -s "$file-wal" ] && [ ! -s "$file-journal" ] || there+=("$file")
  files+=("$file")
  blobs+=("$blob")
done < <(git ls-tree -r -z "$base")

if [ "${#there[@]}" -gt 0 ]; then
  fail "${there[0]} is in the working directory already, and is not the one on $branch (${#there[@]} such): let actions/checkout clean the folder, as it does unless told otherwise, and keep the file out of the repository's commits"
fi
if [ "${#unnamed[@]}" -gt 0 ]; then
  warn "$branch holds ${unnamed[0]} (${#unnamed[@]} such), which state-files does not name: it will not be on the branch after this run; commit $base has it"
fi
for ((place = 0; place < ${#files[@]}; place++)); do
  file=${files[place]}
  mkdir -p "./$(dirname "$file")"
  git cat-file blob "${blobs[place]}" >"$file"
done
printf 'Read %d files from %s at %s.\n' "${#files[@]}" "$branch" "$base"
