import { type Completed, type CompletedFlag, shellWord, type Values } from './completion.ts';

/**
 * The script for bash, 3.2 or newer. Candidates are compared and added as they are: `compgen -W` would run what stands in `$(…)` of them.
 */
export function bashScript(completed: readonly Completed[]): string {
  return `# Completion of kpi for bash. In ~/.bashrc: eval "$(kpi completion bash)"

# The names that the program knows, of a kind: one a line.
_kpi_names() {
  if [[ -n $2 ]]; then
    command kpi completion --names "$1" --config "$2" 2>/dev/null
  else
    command kpi completion --names "$1" 2>/dev/null
  fi
}

# Offers the lines of its input that begin with $1, each behind $2.
_kpi_offer() {
  local one
  while IFS= read -r one; do
    if [[ -n $one && $one == "$1"* ]]; then COMPREPLY+=("$2$one"); fi
  done
}

_kpi() {
  COMPREPLY=()
  local cur=\${COMP_WORDS[COMP_CWORD]} command='' flag='' config='' flagged='' word i
  # A word that the shell has divided at "=" is a flag, "=", and a value.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
      =) ;;
      -*) flag=$word flagged=1 ;;
      *)
        if [[ $flag == --config ]]; then config=\${word/#\\~\\//$HOME/}; fi
        if [[ -z $flagged ]]; then command=\${command:+$command }$word; fi
        flag=''
        ;;
    esac
  done
  if [[ $cur == = ]]; then cur=''; fi

  local values='' words='' flags='' args=''
  case $command in
${completed.map(branch).join('\n')}
    *) return ;;
  esac
  if [[ -z $values ]]; then
    if [[ $cur == -* ]]; then
      _kpi_offer "$cur" '' <<<"\${flags// /$'\\n'}"
      return
    fi
    values=$args
  fi
  case $values in
    files)
      compopt -o filenames 2>/dev/null
      _kpi_offer '' '' < <(compgen -f -- "$cur")
      ;;
    words) _kpi_offer "$cur" '' <<<"\${words// /$'\\n'}" ;;
    list:*)
      local before=''
      if [[ $cur == *,* ]]; then before=\${cur%,*},; fi
      _kpi_offer "\${cur##*,}" "$before" < <(_kpi_names "\${values#list:}" "$config")
      ;;
    name:*) _kpi_offer "$cur" '' < <(_kpi_names "\${values#name:}" "$config") ;;
  esac
}

complete -F _kpi kpi
`;
}

function branch({ command, next, flags, args }: Completed): string {
  const withValue = flags.filter((one) => one.values !== undefined);
  const words = next.map(({ word }) => word).join(' ');
  const lines = [
    `    ${shellWord(command)})`,
    `      flags=${shellWord(flags.map(({ flag }) => flag).join(' '))}`,
    ...(words === '' ? [] : [`      args=words words=${shellWord(words)}`]),
    ...(args === undefined ? [] : [`      args=${chosen(args)}`]),
    ...(withValue.length === 0 ? [] : ['      case $flag in', ...withValue.map(valueBranch), '      esac']),
    '      ;;',
  ];
  return lines.join('\n');
}

function valueBranch({ flag, values = { of: 'nothing' } }: CompletedFlag): string {
  return `        ${flag}) values=${chosen(values)} ;;`;
}

function chosen(values: Values): string {
  if (values.of === 'words') return `words words=${shellWord(values.words.join(' '))}`;
  if (values.of === 'names') return `${values.list ? 'list' : 'name'}:${values.kind}`;
  return values.of;
}
