// How often the 95 % interval of `fewmask compare` holds the true difference, and how often its test finds one where there is
// none, over simulated data whose making is known; as Markdown tables. The test is quick, and run on more data sets. About
// two minutes:
//   npx tsx scripts/evidence/coverage.ts [--datasets 500] [--tests 10000] [--images 120] [--seeds 6,10]
import { parseArgs } from 'node:util';
import { RandomStream } from '../../src/core/random.ts';
import { decompose } from '../../src/stats/decompose.ts';
import { meanInterval } from '../../src/stats/interval.ts';
import { signFlipP } from '../../src/stats/sign-flip.ts';
import { numbersIn } from './support/flags.ts';
import { percentOf, printHead, printRow } from './support/markdown.ts';
import { SHAPES } from './support/simulated.ts';

const { values } = parseArgs({
  options: {
    datasets: { type: 'string', default: '500' },
    tests: { type: 'string', default: '10000' },
    images: { type: 'string', default: '120' },
    seeds: { type: 'string', default: '6,10' },
  },
});
const [datasets, tests, images] = [values.datasets, values.tests, values.images].map(Number);

/** Standard deviations: of seeds, of images, of the residual. */
type Spreads = readonly [number, number, number];
const REGIMES: Readonly<Record<string, Spreads>> = {
  'seed-dominated': [0.02, 0.02, 0.1],
  mixed: [0.02, 0.09, 0.15],
  'image-dominated': [0.005, 0.15, 0.15],
  'residual only': [0, 0, 0.15],
};

console.log(`${images} images; ${datasets} data sets for each interval, ${tests} for each test`);
for (const shape of Object.keys(SHAPES)) {
  console.log(`\n${shape} effects\n`);
  printHead([
    ...['regime', 'seeds', '95 % interval contains 0'],
    ...['p <= 5 %, no effect on these images', 'the same, images drawn anew'],
  ]);
  for (const regime of Object.keys(REGIMES)) {
    for (const seeds of numbersIn(values.seeds)) {
      const { held, foundOnThese, foundAnew } = counted(shape, regime, seeds);
      const found = [foundOnThese, foundAnew].map((count) => percentOf(count, tests));
      printRow([regime, seeds, percentOf(held, datasets), ...found]);
    }
  }
}

/** How often the interval holds 0, and the test finds an effect. */
function counted(shape: string, regime: string, seeds: number) {
  let [held, foundOnThese, foundAnew] = [0, 0, 0];
  for (let k = 0; k < Math.max(datasets, tests); k++) {
    const stream = new RandomStream(0, 'coverage', shape, regime, seeds, k);
    const { differences, ofTheseImages } = simulate(REGIMES[regime], seeds, () => SHAPES[shape](stream));
    if (k < tests) {
      const { seedMeans } = decompose(differences);
      if (signFlipP(seedMeans.map((mean) => mean - ofTheseImages)) <= 0.05) foundOnThese++;
      if (signFlipP(seedMeans) <= 0.05) foundAnew++;
    }
    if (k < datasets) {
      const [low, high] = meanInterval(differences, stream);
      if (low <= 0 && 0 <= high) held++;
    }
  }
  return { held, foundOnThese, foundAnew };
}

/** d[s][i] = a_s + b_i + e_si, so that the true difference is 0; and the mean of b, the effect on these very images. */
function simulate([ofSeeds, ofImages, ofResidual]: Spreads, seeds: number, draw: () => number) {
  const b = Array.from({ length: images }, () => ofImages * draw());
  const differences = Array.from({ length: seeds }, () => {
    const a = ofSeeds * draw();
    return b.map((ofImage) => a + ofImage + ofResidual * draw());
  });
  return { differences, ofTheseImages: b.reduce((sum, value) => sum + value, 0) / images };
}
