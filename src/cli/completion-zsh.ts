import { type Completed, type CompletedFlag, shellWord, type Values } from './completion.ts';

/** The script for zsh. */
export function zshScript(completed: readonly Completed[]): string {
  return `#compdef kpi
# Completion of kpi for zsh. In ~/.zshrc, behind compinit: eval "$(kpi completion zsh)"

# Offers the names that the program knows, of a kind.
_kpi_names() {
  local -a names
  names=(\${(f)"$(command kpi completion --names $1 \${2:+--config} \${2:+$2} 2>/dev/null)"})
  compadd -a -- names
}

_kpi() {
  local command='' flag='' config='' flagged='' word
  for word in $words[2,CURRENT-1]; do
    case $word in
      --config=*) config=\${(Q)word#*=} flagged=1 flag='' ;;
      -*=*) flagged=1 flag='' ;;
      -*) flagged=1 flag=$word ;;
      *)
        if [[ $flag == --config ]] config=\${(Q)word}
        if [[ -z $flagged ]] command=\${command:+$command }$word
        flag=''
        ;;
    esac
  done
  config=\${config/#\\~\\//$HOME/}
  if [[ $PREFIX == --*=* ]]; then
    flag=\${PREFIX%%=*}
    compset -P '*='
  fi

  local values=''
  local -a offers flags args words_of
  case $command in
${completed.map(branch).join('\n')}
    *) return 1 ;;
  esac
  if [[ -z $values && $PREFIX == -* ]]; then
    _describe -o 'flag' flags
    return
  fi
  case $values in
    files) _files ;;
    words) compadd -a -- words_of ;;
    list:*)
      compset -P '*,'
      _kpi_names \${values#list:} "$config"
      ;;
    name:*) _kpi_names \${values#name:} "$config" ;;
    '') (( $#offers )) && _describe 'command' offers ;;
  esac
}

compdef _kpi kpi
`;
}

function branch({ command, next, flags, args }: Completed): string {
  const withValue = flags.filter((one) => one.values !== undefined);
  const lines = [
    `    ${shellWord(command)})`,
    `      flags=(${flags.map(({ flag, summary }) => described(flag, summary)).join(' ')})`,
    ...(next.length === 0 ? [] : [`      offers=(${next.map(({ word, summary }) => described(word, summary)).join(' ')})`]),
    ...(args === undefined ? [] : [`      ${chosen(args)}`]),
    ...(withValue.length === 0 ? [] : ['      case $flag in', ...withValue.map(valueBranch), '      esac']),
    // What a flag is not waiting for stands alone.
    '      ;;',
  ];
  return lines.join('\n');
}

/** `word:summary`, as \`_describe\` takes it. */
function described(word: string, summary: string): string {
  return shellWord(`${word.replaceAll(':', '\\:')}:${summary}`);
}

function valueBranch({ flag, values = { of: 'nothing' } }: CompletedFlag): string {
  return `        ${flag}) ${chosen(values)} ;;`;
}

function chosen(values: Values): string {
  if (values.of === 'words') return `values=words words_of=(${values.words.map(shellWord).join(' ')})`;
  if (values.of === 'names') return `values=${values.list ? 'list' : 'name'}:${values.kind}`;
  return `values=${values.of}`;
}
