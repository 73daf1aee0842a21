import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TrainOptions } from '../../src/settings/training.ts';
import { withStartReading } from '../../src/train/start-reading.node.ts';
import { resolveTrain } from '../support/classic.ts';
import { listening } from '../support/listening.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 2);
const pretrained = await untrainedRun(join(root, 'ranged'), 'pretrain', { ...settings, intensity: '10:90' });
const usual = await untrainedRun(join(root, 'usual'), 'pretrain', { ...settings, intensity: 'full' });

async function settled(options: Partial<TrainOptions>) {
  const told: string[] = [];
  const warnings: string[] = [];
  const listener = listening({ notice: (text) => told.push(text), warning: (text) => warnings.push(text) });
  const { intensity } = await withStartReading(resolveTrain({ ...settings, ...options }, 1), listener);
  return { intensity, told, warnings };
}

test.each([
  'auto',
  'used',
  'percentile:1',
])('a range that is left open (%s) is that of the pretraining', async (intensity) => {
  const found = await settled({ pretrained, intensity });
  expect(found).toEqual({
    intensity: '10:90',
    told: [expect.stringMatching(/^pixels: 10:90, which become black to white, as in .*ranged; --intensity/)],
    warnings: [],
  });
  const init = join(pretrained, 'weights', 'last.safetensors');
  expect(await settled({ init, intensity })).toMatchObject({ intensity: '10:90' });
});

test('what is said counts, and that it is another one is told', async () => {
  for (const intensity of ['full', '0:255'])
    expect(await settled({ pretrained, intensity })).toEqual({
      intensity,
      told: [],
      warnings: [
        expect.stringMatching(
          /^images are read with --intensity (full|0:255), but those of .*ranged with 10:90/,
        ),
      ],
    });
  expect(await settled({ pretrained, intensity: '10:90' })).toEqual({
    intensity: '10:90',
    told: [],
    warnings: [],
  });
  const { warnings } = await settled({ pretrained: usual, intensity: 'used' });
  expect(warnings).toEqual([expect.stringMatching(/with full: the network may not know them$/)]);
});

test('where values are usual ones nothing is told', async () => {
  expect(await settled({ pretrained: usual })).toEqual({ intensity: 'full', told: [], warnings: [] });
  expect(await settled({})).toEqual({ intensity: 'full', told: [], warnings: [] });
});
