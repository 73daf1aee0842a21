import type { Command } from 'commander';
import { choicesOf } from './flags.ts';

/** What can be typed after a command: its commands, its flags, and their values. */
interface Completed {
  /** Its words, such as `data check`; empty for the program itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly CompletedFlag[];
}

interface CompletedFlag {
  readonly flag: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** Shells that completion can be printed for, and how to use what is printed. */
export const SHELLS = {
  bash: { script: bashScript, use: 'source <(npx fewmask completion bash)' },
  zsh: { script: zshScript, use: 'source <(npx fewmask completion zsh)' },
  fish: { script: fishScript, use: 'npx fewmask completion fish | source' },
} as const;
export type Shell = keyof typeof SHELLS;

/** The script that makes a shell complete the program's words. Nothing is started while one types. */
export function completionScript(root: Command, shell: Shell): string {
  return SHELLS[shell].script(root.name(), completedOf(root));
}

function completedOf(command: Command, path: readonly string[] = []): Completed[] {
  const help = command.createHelp();
  const flags = help.visibleOptions(command).flatMap((option): CompletedFlag[] => {
    if (!option.long) return [];
    const takesValue = option.required || option.optional;
    const description = brief(option.description);
    return [{ flag: option.long, description, takesValue, choices: choicesOf(option) }];
  });
  const commands = command.commands.map((each) => ({
    name: each.name(),
    description: brief(each.description()),
  }));
  return [
    { path: path.join(' '), commands, flags },
    ...command.commands.flatMap((each) => completedOf(each, [...path, each.name()])),
  ];
}

/** The first sentence, without what a shell would read as its own. */
const brief = (text: string): string =>
  text
    .split(/[.:(;]/)[0]
    .replaceAll(/['"`$\\]/g, '')
    .trim();

const words = (list: readonly string[]) => list.join(' ');

/** In bash names of files, a line each: they may have spaces. */
const FILES = `local IFS=$'\\n'; COMPREPLY+=($(compgen -f -- "$word"))`;

/** Of several shells: the words so far that are commands, as `data check`. */
function bashScript(name: string, all: readonly Completed[]): string {
  const cases = all.map(({ path, commands, flags }) => {
    const valued = flags.filter(({ choices }) => choices.length > 0);
    const free = flags.filter(({ takesValue, choices }) => takesValue && choices.length === 0);
    return [
      `    '${path}')`,
      '      case "$before" in',
      ...valued.map(
        ({ flag, choices }) =>
          `        ${flag}) COMPREPLY=($(compgen -W '${words(choices)}' -- "$word")); return ;;`,
      ),
      ...(free.length > 0 ? [`        ${free.map(({ flag }) => flag).join('|')}) ${FILES}; return ;;`] : []),
      '      esac',
      `      words='${words([...commands.map((each) => each.name), ...flags.map(({ flag }) => flag)])}' ;;`,
    ];
  });
  const known = all.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  return lines(
    `# Completion of ${name} in bash: ${SHELLS.bash.use}`,
    `_${name}() {`,
    `  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path= words= i`,
    '  COMPREPLY=()',
    // Bash splits words at `=`.
    '  [[ "$word" == = ]] && word=',
    `  [[ "$before" == = ]] && before="\${COMP_WORDS[COMP_CWORD-2]}"`,
    '  for ((i = 1; i < COMP_CWORD; i++)); do',
    `    case "\${path:+$path }\${COMP_WORDS[i]}" in`,
    `      ${known.join('|')}) path="\${path:+$path }\${COMP_WORDS[i]}" ;;`,
    '    esac',
    '  done',
    '  case "$path" in',
    ...cases.flat(),
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    `  [[ "$word" == -* ]] || { ${FILES}; }`,
    '}',
    `complete -o filenames -F _${name} ${name}`,
  );
}

function zshScript(name: string, all: readonly Completed[]): string {
  const quoted = (text: string) => text.replaceAll(/[[\]:]/g, '\\$&');
  const cases = all.map(({ path, commands, flags }) => [
    `    '${path}')`,
    ...(commands.length > 0
      ? [`      commands=(${commands.map((each) => `'${each.name}:${quoted(each.description)}'`).join(' ')})`]
      : []),
    '      _arguments -S \\',
    ...flags.map(({ flag, description, takesValue, choices }) => {
      const value = choices.length > 0 ? `:value:(${words(choices)})` : takesValue ? ':value:_files' : '';
      return `        '*${flag}[${quoted(description)}]${value}' \\`;
    }),
    commands.length > 0 ? "        '*: :{_describe command commands}' ;;" : "        '*: :_files' ;;",
  ]);
  const known = all.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  return lines(
    `#compdef ${name}`,
    `# Completion of ${name} in zsh: ${SHELLS.zsh.use}`,
    `_${name}() {`,
    '  local path_= i',
    '  local -a commands',
    '  for ((i = 2; i < CURRENT; i++)); do',
    `    case "\${path_:+$path_ }\${words[i]}" in`,
    `      ${known.join('|')}) path_="\${path_:+$path_ }\${words[i]}" ;;`,
    '    esac',
    '  done',
    '  case "$path_" in',
    ...cases.flat(),
    '  esac',
    '}',
    `compdef _${name} ${name}`,
  );
}

function fishScript(name: string, all: readonly Completed[]): string {
  const condition = (path: string) =>
    path === ''
      ? `not __fish_seen_subcommand_from ${words(all[0].commands.map((each) => each.name))}`
      : path
          .split(' ')
          .map((word) => `__fish_seen_subcommand_from ${word}`)
          .join('; and ');
  return lines(
    `# Completion of ${name} in fish: ${SHELLS.fish.use}`,
    ...all.flatMap(({ path, commands, flags }) => [
      ...commands.map(
        (each) => `complete -c ${name} -n '${condition(path)}' -a ${each.name} -d '${each.description}'`,
      ),
      ...flags.map(({ flag, description, takesValue, choices }) => {
        const value = choices.length > 0 ? ` -x -a '${words(choices)}'` : takesValue ? ' -r' : '';
        return `complete -c ${name} -n '${condition(path)}' -l ${flag.slice(2)}${value} -d '${description}'`;
      }),
    ]),
  );
}

const lines = (...all: readonly string[]): string => `${all.join('\n')}\n`;
