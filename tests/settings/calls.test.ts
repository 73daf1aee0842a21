import { expect, test } from 'vitest';
import {
  audit,
  checkData,
  compareResults,
  drawSyntheticSample,
  encoders,
  evaluate,
  explainStudy,
  exportPage,
  exportRun,
  placeIn,
  predict,
  prepareImage,
  pretrain,
  preview,
  resizePlane,
  study,
  studyFindings,
  studyStatus,
  synthesise,
  train,
  writeReport,
} from '../../src/index.ts';

import { refusal } from '../support/expect-user-error.ts';

/** As a program in JavaScript may call. */
const calls: Readonly<Record<string, (options: never) => Promise<unknown>>> = {
  audit,
  checkData,
  compareResults,
  encoders,
  evaluate,
  exportRun: (options) => exportRun(options, { out: 'nowhere.onnx' }),
  predict,
  writeReport: (options) => writeReport('nowhere', options),
  'the output of pretrain': (output) => pretrain({ data: 'nowhere' }, output),
  'the output of train': (output) => train({ data: 'nowhere' }, output),
  'the output of study': (output) => study({ data: 'nowhere' }, output),
  'the output of synthesise': (output) => synthesise({}, output),
  'the output of exportPage': (output) => exportPage({ run: 'nowhere' }, output),
  'the output of preview': (output) => preview({ data: 'nowhere' }, output),
  'the output of exportRun': (output) => exportRun({ run: 'nowhere' }, output),
  'the output of predict': (output) => predict({ run: 'nowhere', images: [] }, output),
  'the output of audit': (output) => audit({ run: 'nowhere' }, output),
};

const NEEDED: Readonly<Record<string, object>> = {
  audit: { run: 'r' },
  checkData: { folder: 'f' },
  compareResults: { file: 'f', baseline: 'b' },
  encoders: {},
  evaluate: { run: 'r' },
  exportRun: { run: 'r' },
  predict: { run: 'r', images: ['i.png'] },
  writeReport: {},
};

test.each(Object.keys(calls))('%s refuses an option that it does not know', async (name) => {
  const given = { ...(NEEDED[name] ?? { out: 'o' }), wieghts: 'best' };
  expect(await refusal(() => calls[name](given as never))).toMatch(/^settings: got the unknown key wieghts/);
});

test.each([
  ['evaluate', { run: 'r', split: 'tset' }, /^split: got "tset", expected one of .*"test"/],
  ['evaluate', {}, /^run: got nothing, expected folder of a run/],
  ['predict', { run: 'r', images: 'one.png' }, /^images: got "one.png", expected array/],
  ['the output of predict', { out: 'o', format: 'jpg' }, /^format: got "jpg"/],
  ['exportRun', { run: 'r', weights: 'first' }, /^weights: got "first"/],
  ['audit', { run: 'r', limit: 0 }, /^limit: got 0, expected number >=1/],
  ['checkData', { folder: 'f', workers: 0 }, /^workers: got 0/],
  ['compareResults', { file: 'f' }, /^baseline: got nothing, expected arm/],
  ['encoders', { fetch: 'yes' }, /^fetch: got "yes", expected boolean/],
  ['writeReport', { pictures: 'no' }, /^pictures: got "no", expected boolean/],
  ['the output of train', { out: 'o', saveEvery: -1 }, /^saveEvery: got -1/],
  ['audit', { run: 'r', images: 5 }, /^images: got 5, expected string/],
] as const)('%s of %j is refused with what is expected', async (name, options, message) => {
  expect(await refusal(() => calls[name](options as never))).toMatch(message);
});

test.each(
  Object.keys(calls).filter((name) => name.startsWith('the output of') && !/predict|audit/.test(name)),
)('%s has to be said', async (name) => {
  for (const output of [undefined, {}])
    expect(await refusal(() => calls[name](output as never))).toMatch(/^out: got nothing, expected/);
});

const NO_PLACE = { out: 'nowhere' };
test.each<[string, (options: never) => unknown]>([
  ['train', (options) => train(options, NO_PLACE)],
  ['pretrain', (options) => pretrain(options, NO_PLACE)],
  ['study', (options) => study(options, NO_PLACE)],
  ['preview', (options) => preview(options, { out: 'nowhere.png' })],
  ['evaluate', evaluate],
  ['explainStudy', explainStudy],
  ['studyFindings', studyFindings],
  ['studyStatus', studyStatus],
])('%s of nothing is refused in words', async (_, call) => {
  for (const options of [undefined, null, 5])
    expect(await refusal(async () => call(options as never))).toMatch(/: got .+, expected /);
});

const image = { data: new Uint8Array(12), width: 2, height: 2, channels: 3 };
test.each<[string, () => unknown, RegExp]>([
  [
    'an unknown fit',
    () => prepareImage(image, image, { fit: 'nix' as never }),
    /^fit: got nix, expected one of stretch, pad/,
  ],
  ['no size', () => placeIn({ width: 0, height: 0 }, image, 'pad'), /^size: got 0x0, expected whole numbers/],
  [
    'too few values',
    () => resizePlane(new Float32Array(3), image, image),
    /^plane: got 3 values, expected 4/,
  ],
  [
    'a picture without pixels',
    () => drawSyntheticSample({ seed: 1, index: 0, width: 0, height: 8 }),
    /^size: got 8x0/,
  ],
])('%s is refused', async (_, call, message) => {
  expect(await refusal(async () => call())).toMatch(message);
});
