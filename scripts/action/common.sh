# What restore.sh and save.sh share. Sourced by both, from the working directory of the action.
# shellcheck shell=bash disable=SC2034

# shellcheck source=scripts/action/say.sh
. "${BASH_SOURCE[0]%/*}/say.sh"

unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
export GIT_TERMINAL_PROMPT=0

branch=$INPUT_STATE_BRANCH
remote="${GITHUB_SERVER_URL%/}/$GITHUB_REPOSITORY"
# The first line of the message of each commit that save.sh makes: restore.sh and save.sh touch no branch of anybody else.
title='kpi state'

git check-ref-format "refs/heads/$branch" || fail "\"$branch\" is no name of a branch: correct the input state-branch"

# The token reaches git through its environment: arguments are seen by every process of the machine. The empty value takes away a header
# that the machine's own configuration may have set. https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT
if [ -n "${INPUT_TOKEN:-}" ]; then
  encoded=$(printf 'x-access-token:%s' "$INPUT_TOKEN" | base64 | tr -d '\n')
  printf '::add-mask::%s\n' "$encoded"
  export GIT_CONFIG_COUNT=2
  export GIT_CONFIG_KEY_0="http.${GITHUB_SERVER_URL%/}/.extraheader" GIT_CONFIG_VALUE_0=''
  export GIT_CONFIG_KEY_1="$GIT_CONFIG_KEY_0" GIT_CONFIG_VALUE_1="AUTHORIZATION: basic $encoded"
fi

# Whether a file can stand on the branch under this name: it is one line of text, whichever way it is shown, and no part of it is longer
# than file systems take.
is_plain_name() {
  local LC_ALL=C part parts
  [[ $1 != *[[:cntrl:]]* ]] && [ "${#1}" -le 1000 ] || return 1
  IFS=/ read -r -a parts <<<"$1"
  for part in "${parts[@]}"; do [ "${#part}" -le 255 ] || return 1; done
}

# What is in the way of a file of this name, in words: a link on its path, which may lead out of the folder, or a file where a folder must
# be. Nothing where its path is free.
obstacle() {
  local at='' part parts last=$1
  IFS=/ read -r -a parts <<<"$1"
  for part in "${parts[@]}"; do
    at=${at:+$at/}$part
    if [ -L "$at" ]; then
      printf '%s is a link, and state files must be plain files and folders: put the file itself there' "$at"
      return
    elif [ "$at" != "$last" ] && [ -e "$at" ] && [ ! -d "$at" ]; then
      printf '%s is no folder, and %s belongs into one of that name: move it away' "$at" "$last"
      return
    fi
  done
}

must_be_free() {
  local in_the_way
  in_the_way=$(obstacle "$1")
  [ -z "$in_the_way" ] || fail "$in_the_way"
}

# The paths of state-files, one a line.
paths=()
while IFS= read -r path || [ -n "$path" ]; do
  path=${path//$'\r'/}
  path=${path#"${path%%[![:space:]]*}"}
  path=${path%"${path##*[![:space:]]}"}
  path=${path#./}
  path=${path%/}
  case "/$path/" in
    //) continue ;;
    *-wal/ | *-shm/ | *-journal/ | *.lock/)
      fail "\"$path\" cannot be a state file: it stands beside a file only while that is written; name that file in state-files" ;;
    /-* | //* | */./* | */../* | */.git/* | *:*) fail "\"$path\" cannot be a state file: state-files takes paths inside the working directory" ;;
  esac
  is_plain_name "$path" || fail "\"$path\" cannot be a state file: its name is too long, or has a control character in it"
  paths+=("$path")
done <<<"$INPUT_STATE_FILES"
[ "${#paths[@]}" -gt 0 ] || fail 'state-files names no file: name some, or set state to none'

# Whether state-files names this file, or a folder that it is in.
is_named() {
  local path
  for path in "${paths[@]}"; do
    case $1 in "$path" | "$path"/*) return 0 ;; esac
  done
  return 1
}

# The commit that the branch is at; nothing where there is no such branch.
tip() {
  local listing
  listing=$(git ls-remote "$remote" "refs/heads/$branch" 2>"$RUNNER_TEMP/kpi-git.log") || return
  awk -v ref="refs/heads/$branch" '$2 == ref { print $1 }' <<<"$listing"
}

# What git said last, in one line.
said() {
  tr -s '\n' ' ' <"$RUNNER_TEMP/kpi-git.log"
}

# Three times: a network that is away for a moment must not cost a run its memory.
patiently() {
  local try
  for try in 2 5 ''; do
    "$@" && return
    [ -z "$try" ] || sleep "$try"
  done
  return 1
}
