import type { Completed, CompletedFlag, Values } from './completion.ts';

/** The script for fish, 3.0 or newer. */
export function fishScript(completed: readonly Completed[]): string {
  return `# Completion of kpi for fish. In ~/.config/fish/config.fish: kpi completion fish | source

# True where these are the words before the first flag.
function __kpi_is
    set -l words
    for word in (commandline -opc)[2..-1]
        string match -q -- '-*' $word; and break
        set words $words $word
    end
    test "$words" = "$argv"
end

# The names that the program knows, of a kind.
function __kpi_names
    set -l config
    set -l words (commandline -opc)
    for index in (seq (count $words))
        switch $words[$index]
            case '--config=*'
                set config --config (string replace -r '^--config=' '' -- $words[$index])
            case --config
                set config --config $words[(math $index + 1)]
        end
    end
    command kpi completion --names $argv[1] $config 2>/dev/null
end

# The same, behind what a list has already.
function __kpi_list
    set -l before (string match -r -- '^(?:--[a-z-]+=)?(.*,)' (commandline -ct))[2]
    for name in (__kpi_names $argv[1])
        echo "$before$name"
    end
end

complete -c kpi -f
${completed.flatMap(lines).join('\n')}
`;
}

function lines({ command, next, flags, args }: Completed): readonly string[] {
  const here = `complete -c kpi -n ${word(`__kpi_is ${command}`.trim())}`;
  return [
    ...next.map((one) => `${here} -a ${word(one.word)} -d ${word(one.summary)}`),
    ...flags.map((one) => `${here} ${flagText(one)}`),
    ...(args === undefined ? [] : [`${here} ${offered(args)}`]),
  ];
}

function flagText({ flag, summary, values }: CompletedFlag): string {
  const text = `-l ${flag.slice(2)} -d ${word(summary)}`;
  return values === undefined ? text : `${text} ${offered(values)}`;
}

function offered(values: Values): string {
  if (values.of === 'words') return `-x -a ${word(values.words.join(' '))}`;
  if (values.of === 'names') return `-x -a ${word(`(${values.list ? '__kpi_list' : '__kpi_names'} ${values.kind})`)}`;
  return values.of === 'files' ? '-r -F' : '-x';
}

/** A text as one word of fish, where a backslash escapes in quotes too. */
function word(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
