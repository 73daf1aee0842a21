import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { completionScript, SHELLS, type Shell } from '../../src/cli/completion.ts';
import { program, withNested } from '../../src/cli/program.node.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const all = program();
const scripts = Object.fromEntries(
  await Promise.all(
    (Object.keys(SHELLS) as Shell[]).map(async (shell) => {
      const file = join(root, `completion.${shell}`);
      await writeFile(file, completionScript(all, shell));
      return [shell, file] as const;
    }),
  ),
);
const has = (shell: string) => ['/bin', '/usr/bin'].some((folder) => existsSync(join(folder, shell)));

/** What a shell would offer for the last word. */
const ASKING: Readonly<Record<string, (words: readonly string[]) => string[]>> = {
  bash: (words) => {
    const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fewmask; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run('bash', ['-c', script, 'bash', scripts.bash, ...words]);
  },
  fish: (words) => {
    const said = run('fish', ['-c', `source ${scripts.fish}; complete -C '${words.join(' ')}'`]);
    return said.map((line) => line.split('\t')[0]);
  },
};
const run = (shell: string, args: readonly string[]) =>
  execFileSync(shell, args, { cwd: root, encoding: 'utf8' }).trim().split('\n');

describe.each(['bash', 'fish'])('%s', (shell) => {
  const offered = (...words: string[]) => ASKING[shell](['fewmask', ...words]).sort();

  test.runIf(has(shell))('offers commands, also those within others', () => {
    expect(offered('st')).toEqual(['study']);
    expect(offered('data', 'c')).toEqual(expect.arrayContaining(['check', 'convert']));
  });

  test.runIf(has(shell))('offers the flags of the command, and what may be said of them', () => {
    expect(offered('study', '--slurm')).toEqual(['--slurm', '--slurm-dry-run']);
    expect(offered('data', 'check', '--mask-')).toEqual(['--mask-suffix', '--mask-values']);
    expect(offered('train', '--schedule', '')).toEqual(expect.arrayContaining(['cosine', 'poly']));
    expect(offered('predict', '--no-such')).not.toContain('--slurm');
  });

  test.runIf(has(shell))('offers files elsewhere', () => {
    expect(offered('train', '--data', 'completion.b')).toEqual(['completion.bash']);
  });
});

test.runIf(has('bash'))('bash: names with spaces stay whole, and values after = are offered', async () => {
  await writeFile(join(root, 'my photos'), '');
  const offered = (...words: string[]) => ASKING.bash(['fewmask', ...words]);
  expect(offered('train', '--data', 'my')).toEqual(['my photos']);
  expect(offered('predict', 'my')).toEqual(['my photos']);
  expect(offered('train', '--schedule', '=', 'co')).toEqual(['constant', 'cosine']);
  expect(offered('train', '--schedule', '=')).toEqual(expect.arrayContaining(['constant', 'poly']));
});

/** What a person at a terminal of zsh would have called after typing this, tabulators too. */
function typedInZsh(keys: string): string {
  const script = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'autoload -U compinit; compinit -u -d ${root}/dump; source ${scripts.zsh}; fewmask() { print -r -- "called<$*>"; }; print read''y'
zpty -r shell said '*ready*'
zpty -w -n shell $'${keys}'
zpty -w -n shell $'\n'
zpty -r shell said $'*\ncalled<*>*'
print -r -- "$said"`;
  const said = execFileSync('zsh', ['-f', '-c', script], { cwd: root, encoding: 'utf8', timeout: 60_000 });
  return /\ncalled<(.*)>/.exec(said)![1].trim();
}

test.runIf(has('zsh'))('zsh completes commands, commands within others, flags and values', () => {
  expect(typedInZsh('fewmask dev\\t--js\\t')).toBe('devices --json');
  expect(typedInZsh('fewmask data ch\\t--mask-v\\t')).toBe('data check --mask-values');
  expect(typedInZsh('fewmask train --device web\\t')).toBe('train --device webgpu');
});

test.each(Object.keys(SHELLS).filter(has))('%s reads its script without complaint', (shell) => {
  expect(spawnSync(shell, ['-n', scripts[shell]], { encoding: 'utf8' })).toMatchObject({
    status: 0,
    stderr: '',
  });
});

test('every command and every flag is in every script', () => {
  const flags = withNested(all).flatMap(({ options }) => options.flatMap(({ long }) => long ?? []));
  for (const shell of Object.keys(SHELLS) as Shell[]) {
    const text = completionScript(all, shell);
    for (const flag of new Set(flags))
      expect(text).toContain(shell === 'fish' ? `-l ${flag.slice(2)}` : flag);
    for (const command of withNested(all)) expect(text).toContain(command.name());
  }
});
