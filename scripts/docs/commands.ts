import { spawnSync } from 'node:child_process';
import { hasSet } from './real-sets.ts';

/** How a text is made smaller, commands and settings files alike: in seconds each does what it would do in hours. */
const SMALLER: readonly (readonly [RegExp, string])[] = [
  [/^(npx fewmask study .*)$/, '$1 --pretrain-epochs 1'],
  [
    /^(npx fewmask (?:pretrain|train|study) .*)$/,
    '$1 --size 32 --decoder-channels 8,8,8,8,8 --batch 4 --epochs 1',
  ],
  [/^(npx fewmask train .* --out RUN\b.*)$/, '$1 --overwrite'],
  [/^(npx fewmask bench.*)$/, '$1 --size 32 --batch 2 --runs 2'],
  [
    /"labels": 88, "epochs": 40/,
    '"labels": 10, "epochs": 1, "size": 32, "decoderChannels": [8, 8, 8, 8, 8], "batch": 4',
  ],
  [/--slurm --sbatch-args '[^']*'/, '--task 1/1'],
  [/--slurm$/, '--slurm-dry-run'],
  [/--labels (?:88|40|20)\b/g, '--labels 10'],
  [/--seeds 3/g, '--seeds 2'],
  [/--plant 20/g, '--plant 4'],
  [/--trial\b/g, '--trial 2 --count 2'],
  [/--size 128/g, '--size 64'],
  [/--tile 512/g, '--tile 64'],
  [/^(npx fewmask data synth .*--size) \d+/, '$1 96'],
  [/\[22x3, 88\]/g, '[6x2, 10]'],
  [/labels: 88/g, 'labels: 10'],
  [/seeds: \d+/g, 'seeds: 2'],
  [/(epochs|Epochs): \d+/g, '$1: 1'],
];

export const smaller = (text: string): string =>
  SMALLER.reduce((changed, [pattern, by]) => changed.replace(pattern, by), text);

/** What is not run, and why. */
const NOT_RUN: readonly (readonly [RegExp, string, (() => boolean)?])[] = [
  [/^npm (?:ci|test|run check|run test:all|run docs:run)\b/, 'it runs this'],
  [/^npm run fix\b/, 'it changes files'],
  [/^npx fewmask suspects DATA\b/, 'it trains with the usual settings, for an hour'],
  [/^npm run studies:(?:keep|again)\b/, 'it needs the data of a kept study'],
  [/^(?:node|npx tsx) (?:bench|scripts)\/|&& (?:node|npx tsx) /, 'it takes hours'],
  [/^seq /, 'it needs GNU parallel'],
  [/^npx fewmask .*\bnuclei\b/, 'the set nuclei is not here', () => !hasSet('nuclei')],
  [/^npx fewmask .*\bcamvid\b/, 'the set camvid is not here', () => !hasSet('camvid')],
  [/--compare pytorch/, 'python3 has no torch', () => !python('torch')],
];

const python = (modules: string) => spawnSync('python3', ['-c', `import ${modules}`]).status === 0;

/** Why a command is not run; undefined if it is. */
export function whyNot(command: string): string | undefined {
  return NOT_RUN.find(([pattern, , applies]) => pattern.test(command) && (applies?.() ?? true))?.[1];
}

/** The commands of a document: the lines of its blocks marked sh; of an example those in its first comment. */
export function commandsOf(document: string, text: string): string[] {
  const lines = document.endsWith('.mjs')
    ? /^(?:\/\/.*\n)*/
        .exec(text)![0]
        .split('\n')
        .flatMap((line) => /^\/\/ {3}(\S.*)$/.exec(line)?.[1] ?? [])
    : blocksOf(text, 'sh').flatMap((block) => block.split('\n'));
  return lines.map((line) => line.replace(/\s+# .*$/, '').trim()).filter((line) => line !== '');
}

/** Settings files that a document shows: blocks marked yaml whose first line is a comment with the file's name. */
export function filesOf(text: string): { readonly name: string; readonly content: string }[] {
  return blocksOf(text, 'yaml').flatMap((content) => {
    const name = /^# (\S+\.yaml)\n/.exec(content)?.[1];
    return name ? [{ name, content }] : [];
  });
}

const blocksOf = (text: string, mark: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${mark}\\n([^]*?)^\`\`\``, 'gm'))].map(([, block]) => block);
