import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { FORMATS } from '../../src/annotations/formats.ts';
import { settle } from '../../src/annotations/settle.ts';
import type { RandomStream } from '../../src/core/random.ts';
import { parseClassesFile } from '../../src/data/masks/classes-file.node.ts';
import { readMapping } from '../../src/settings/mapping.node.ts';
import { overridden } from '../../src/settings/overrides.ts';
import { resolveTrain } from '../../src/settings/resolve.node.ts';
import type { TrainOptions } from '../../src/settings/training.ts';
import type { StudyOptions } from '../../src/study/config.ts';
import { resolveStudy } from '../../src/study/resolve.node.ts';
import { memorySource } from '../../tests/support/memory-source.ts';
import type { Attacker } from './attacker.ts';
import { among, mutatedJson, mutatedText } from './mutate.ts';
import { scratchFolder } from './scratch.ts';

const CORES = 2;

/** A text, and what reads it, from a file or not. */
interface Kind {
  readonly text: string;
  read(text: string, file: string): Promise<unknown>;
}

const settingsOf = async (text: string, file: string) => {
  await writeFile(file, text);
  return overridden(await readMapping(file, 'settings'), ['seed=3']);
};

const KINDS: Readonly<Record<string, Kind>> = {
  train: {
    text: stringify({
      data: 'd',
      epochs: 3,
      seed: 1,
      size: '64x64',
      augment: 'none',
      classes: ['a', 'b'],
      loss: 'dice',
      lr: 0.001,
    }),
    read: async (text, file) =>
      resolveTrain((await settingsOf(text, file)) as unknown as TrainOptions, CORES),
  },
  study: {
    text: stringify({
      ...{
        data: 'd',
        seeds: 2,
        labels: [4, '50%'],
        primary: { arm: 'mine', metric: 'dice' },
        baseline: 'scratch',
      },
      arms: { scratch: {}, mine: { pretraining: 'own', epochs: 4 } },
      pretrainings: { own: { pretext: 'denoise', epochs: 2 } },
    }),
    read: async (text, file) => {
      const { seed: _, ...settings } = await settingsOf(text, file);
      return resolveStudy(settings as unknown as StudyOptions, CORES);
    },
  },
  classes: {
    text: stringify({
      classes: [{ number: 1, name: 'polyp', colour: '#ff8000' }, 'tool'],
      ignore: [255, '#ffffff'],
    }),
    read: async (text) => parseClassesFile(text, 'classes.yaml'),
  },
  yolo: {
    text: stringify({
      path: '../d',
      train: 'images/train',
      val: ['images/val'],
      names: { 0: 'polyp', 1: 'tool' },
    }),
    read: async (text) => {
      const files = { 'data.yaml': text, 'labels/train/a.txt': '0 0.1 0.1 0.5 0.1 0.5 0.5\n' };
      const source = memorySource(files, { 'images/train/a.png': [40, 30], 'images/val/b.png': [40, 30] });
      return settle(await FORMATS.yolo.read(source), source);
    },
  },
};

/** What a parser of YAML may be hurt by. */
const HARM: readonly ((stream: RandomStream) => string)[] = [
  (stream) => '['.repeat(10 ** (1 + stream.integer(5))),
  (stream) => `a: ${'{a: '.repeat(10 ** (1 + stream.integer(4)))}`,
  (stream) => `${'- '.repeat(10 ** (1 + stream.integer(5)))}x`,
  (stream) =>
    Array.from({ length: 10 ** (1 + stream.integer(3)) }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
  () =>
    [
      'a0: &a0 [x, x]',
      ...Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`),
    ].join('\n'),
  () => 'names: &n [*n]',
  () => '&a {arms: *a, classes: [*a], names: *a, train: x}',
  () => `x: &x ${'y'.repeat(1e5)}\nz: [${'*x, '.repeat(99)}]`,
  () => Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n'),
  () => `names: {${Array.from({ length: 20_000 }, (_, i) => `${i}: n${i}`).join()}}\ntrain: images`,
  () =>
    '%YAML 1.1\n---\ndata: !!binary aGFsbG8=\nnames: !!set {x}\nclasses: !!omap [a: 1]\ntrain: 2001-01-01',
  () => 'data: !!js/function "() => 1"',
  () => '? {a: 1}\n: 2\n? [1]\n: 3',
  () => '__proto__: {polluted: true}\nconstructor: {prototype: {polluted: true}}',
  () => `epochs: ${'9'.repeat(1000)}\nlr: .nan\nseed: .inf\nsize: -0`,
  () => 'a: 1\n---\na: 2',
  () => 'a: 1\na: 2',
];

function harmed(text: string, stream: RandomStream): string {
  switch (stream.integer(3)) {
    case 0:
      return stringify(mutatedJson(parse(text), stream));
    case 1:
      return mutatedText(text, stream);
    default: {
      const harm = among(stream, HARM)(stream);
      return stream.integer(2) === 0 ? harm : `${text}\n${harm}`;
    }
  }
}

/** Settings of runs and studies, lists of classes, and what YOLO says of a set: YAML all of them. */
export const yaml: Attacker = {
  name: 'yaml',
  what: 'damaged YAML: settings of runs and studies, classes, data.yaml',
  prepare: async () => {
    const file = join(await scratchFolder(), 'settings.yaml');
    return (stream) => {
      const name = among(stream, Object.keys(KINDS));
      const { text, read } = KINDS[name];
      const content = harmed(text, stream);
      return { text: `${name}: ${JSON.stringify(content.slice(0, 200))}`, run: () => read(content, file) };
    };
  },
};
