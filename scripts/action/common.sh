# What restore.sh and save.sh share. Sourced by both, from the working directory of the action.
# shellcheck shell=bash disable=SC2034

unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
export GIT_TERMINAL_PROMPT=0

branch=$INPUT_STATE_BRANCH
remote="${GITHUB_SERVER_URL%/}/$GITHUB_REPOSITORY"
# The first line of the message of each commit that save.sh makes: restore.sh and save.sh touch no branch of anybody else.
title='kpi state'

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

fail() {
  printf '::error title=kpi::%s\n' "$(escaped "$1")"
  exit 1
}

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
    /-* | //* | */./* | */../* | */.git/* | *:*) fail "\"$path\" cannot be a state file: state-files takes paths inside the working directory" ;;
  esac
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
