#!/usr/bin/env bash
# Makes the state files the only commit of the state branch, unless another run has saved there since restore.sh read it.
# Touches neither the working tree nor the index of the user's checkout. Output: kept, a folder with what could not be saved.
set -euo pipefail
# shellcheck source=scripts/action/common.sh
. "${BASH_SOURCE[0]%/*}/common.sh"

store=$RESTORED_STORE
base=$RESTORED_BASE
export GIT_DIR=$store
export GIT_INDEX_FILE="$store/kpi-index"
export GIT_AUTHOR_NAME=kpi GIT_AUTHOR_EMAIL=kpi@users.noreply.github.com
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL

gone() {
  fail "$1 came from $branch and is gone: nothing was saved, and the branch is as it was; find out what removes it, or leave it out of state-files"
}

found=()
for path in "${paths[@]}"; do [ ! -e "$path" ] || found+=("$path"); done

# From here on a failure hands out the files: they may be all that is left of this run.
keep() {
  local code=$? kept path
  [ "$code" -ne 0 ] && [ "${#found[@]}" -gt 0 ] || return 0
  kept=$(mktemp -d "$RUNNER_TEMP/kpi-kept.XXXXXX")
  for path in "${found[@]}"; do
    mkdir -p "$kept/$(dirname "$path")"
    # Also what is behind a link; one that leads nowhere must not cost the rest.
    cp -RL "$path" "$kept/$path" || true
    for beside in "$path-wal" "$path-journal"; do [ ! -e "$beside" ] || cp "$beside" "$kept/$beside"; done
  done
  printf 'kept=%s\n' "$kept" >>"$GITHUB_OUTPUT"
}
trap keep EXIT

for path in "${paths[@]}"; do
  must_be_free "$path"
  [ -e "$path" ] || [ -z "$base" ] || [ -z "$(git ls-tree "$base" -- "$path")" ] || gone "$path"
done
if [ "${#found[@]}" -eq 0 ]; then
  warn "nothing was saved to $branch, since no file of state-files is there: ${paths[*]}"
  exit 0
fi

# What is to be saved, in order and each once. A link may lead anywhere, and what is no file holds nothing.
find "${found[@]/#/./}" ! -type d ! -name '*-wal' ! -name '*-shm' ! -name '*-journal' ! -name '*.lock' -print0 >"$store/kpi-found" ||
  fail "the state files cannot all be read, so nothing was saved: look at what find says above"
sort -zu "$store/kpi-found" >"$store/kpi-names"
while IFS= read -r -d '' file; do
  file=${file#./}
  is_plain_name "$file" || fail "\"$file\" cannot be saved: its name is too long, or has a control character in it"
  must_be_free "$file"
  [ -f "$file" ] || fail "$file is no plain file, and cannot be saved: leave it out of state-files"
done <"$store/kpi-names"

# The branch is replaced as a whole: what came from it and is not here would be lost. Reports of old runs are removed by kpi itself.
if [ -n "$base" ]; then
  git ls-tree -r -z --name-only "$base" >"$store/kpi-before"
  while IFS= read -r -d '' file; do
    case "/$file" in */runs/*.ndjson) continue ;; esac
    ! is_named "$file" || [ -f "$file" ] || gone "$file"
  done <"$store/kpi-before"
fi
if [ ! -s "$store/kpi-names" ]; then
  [ -z "$base" ] || gone "all that was there"
  warn "nothing was saved to $branch, since no file of state-files is there: ${paths[*]}"
  exit 0
fi

node "${BASH_SOURCE[0]%/*}/checkpoint.ts" "${found[@]}" || exit 1

mebibyte=1048576
rm -f "$GIT_INDEX_FILE"
: >"$store/kpi-files"
while IFS= read -r -d '' file; do
  file=${file#./}
  size=$(wc -c <"$file")
  # https://docs.github.com/en/repositories/working-with-files/managing-large-files/about-large-files-on-github
  if [ "$size" -gt $((100 * mebibyte)) ]; then
    fail "$file has $((size / mebibyte)) MiB, and GitHub takes no file of more than 100: write to a database elsewhere"
  elif [ "$size" -gt $((90 * mebibyte)) ]; then
    warn "$file has $((size / mebibyte)) MiB, and GitHub takes no file of more than 100: soon this state can be saved no more, so write to a database elsewhere"
  fi
  blob=$(git hash-object -w --no-filters -- "$file")
  printf '100644 %s\t%s\0' "$blob" "$file" >>"$store/kpi-files"
done <"$store/kpi-names"
git update-index -z --index-info <"$store/kpi-files"

tree=$(git write-tree)
if [ -n "$base" ] && [ "$tree" = "$(git rev-parse "$base^{tree}")" ]; then
  printf 'Nothing has changed since %s.\n' "$base"
  exit 0
fi
commit=$(git commit-tree "$tree" -m "$title" -m "Saved by $remote/actions/runs/${GITHUB_RUN_ID:-}")

# The lease: the branch must still be where restore.sh found it, or absent still.
push() {
  local now
  if git push --quiet --force-with-lease="refs/heads/$branch:$base" "$remote" "$commit:refs/heads/$branch" 2>"$store/kpi-push.log"; then
    return
  fi
  now=$(tip) || return
  # It was stored, and the answer did not arrive.
  [ "$now" != "$commit" ] || return 0
  [ "$now" = "$base" ] || fail "another run has saved to $branch since this one read it (${base:-no branch} then, ${now:-no branch} now): \
its state stands, and this run's is in the artifact of this workflow run; let one run at a time use the branch, by a concurrency group"
  ! grep -qiE '403|denied|not allowed|remote rejected' "$store/kpi-push.log" ||
    fail "$branch cannot be written: give the job \"permissions: contents: write\", and keep rules for branches away from it. git says: $(tr -s '\n' ' ' <"$store/kpi-push.log")"
  return 1
}
patiently push || fail "$branch cannot be written, after three tries. git says: $(tr -s '\n' ' ' <"$store/kpi-push.log")"
printf 'Saved %d files to %s, as %s.\n' "$(tr -cd '\0' <"$store/kpi-files" | wc -c)" "$branch" "$commit"
