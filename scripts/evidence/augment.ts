// Time to assemble a batch under each set of augmentation, and under single changes of `strong` made to every image, as a
// Markdown table; one thread, images in memory:
//   npx tsx scripts/evidence/augment.ts [--size 256] [--batch 16] [--runs 15]
import { parseArgs } from 'node:util';
import { median } from '../../src/bench/median.ts';
import { type Augmentation, noAugmentation } from '../../src/data/loading/augmentation.ts';
import { assembleBatch } from '../../src/data/loading/batch.ts';
import { resolveAugmentation } from '../../src/settings/augmentation.ts';
import { drawSyntheticSample } from '../../src/synthetic/sample.ts';
import { printHead, printRow } from './support/markdown.ts';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '256' },
    batch: { type: 'string', default: '16' },
    runs: { type: 'string', default: '15' },
  },
});

const size = { height: Number(values.size), width: Number(values.size) };
const samples = Array.from({ length: Number(values.batch) }, (_, index) =>
  drawSyntheticSample({ seed: 0, index, ...size }),
);
const stems = samples.map((_, index) => `image-${index}`);

function milliseconds(augmentation: Augmentation): number[] {
  return Array.from({ length: Number(values.runs) + 2 }, (_, epoch) => {
    const began = performance.now();
    assembleBatch({ indices: [], seed: 0, epoch, augmentation }, stems, samples, size);
    return performance.now() - began;
  }).slice(2);
}

const { jpeg, blur, noise } = resolveAugmentation({ augment: 'strong' });
const always = { jpegProbability: 1, blurProbability: 1, noiseProbability: 1 };
const cases: Readonly<Record<string, Partial<Augmentation>>> = {
  none: {},
  flips: resolveAugmentation({ augment: 'flips' }),
  light: resolveAugmentation({ augment: 'light' }),
  strong: resolveAugmentation({ augment: 'strong' }),
  rotation: { rotation: 45 },
  'rotation, elastic': { rotation: 45, elastic: 0.03 },
  'brightness, contrast, saturation': { brightness: 0.4, contrast: 0.4, saturation: 0.4 },
  hue: { hue: 0.05 },
  blur: { ...always, blur },
  noise: { ...always, noise },
  jpeg: { ...always, jpeg },
};

printHead(['augmentation', 'median (ms)', 'least (ms)']);
for (const [name, changes] of Object.entries(cases)) {
  const times = milliseconds({ ...noAugmentation, ...changes });
  printRow([name, median(times).toFixed(0), Math.min(...times).toFixed(0)]);
}
