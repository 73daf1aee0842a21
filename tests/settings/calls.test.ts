import { expect, test } from 'vitest';
import {
  audit,
  checkData,
  compareResults,
  encoders,
  evaluate,
  exportRun,
  predict,
  pretrain,
  study,
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
] as const)('%s of %j is refused with what is expected', async (name, options, message) => {
  expect(await refusal(() => calls[name](options as never))).toMatch(message);
});
