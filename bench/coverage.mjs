// How often the 95 % interval of `fewmask compare` holds the true difference, and how often its test finds one where there is
// none, over simulated data whose making is known; as Markdown tables. The test is quick, and run on more data sets. About
// two minutes:
//   npm run -s build && node bench/coverage.mjs [--datasets 500] [--tests 10000] [--images 120] [--seeds 6,10]
import { parseArgs } from 'node:util';
import { RandomStream } from '../dist/core/random.js';
import { decompose } from '../dist/stats/decompose.js';
import { meanInterval } from '../dist/stats/interval.js';
import { signFlipP } from '../dist/stats/sign-flip.js';

const { values } = parseArgs({
  options: {
    datasets: { type: 'string', default: '500' },
    tests: { type: 'string', default: '10000' },
    images: { type: 'string', default: '120' },
    seeds: { type: 'string', default: '6,10' },
  },
});
const [datasets, tests, images] = [values.datasets, values.tests, values.images].map(Number);

/** Standard deviations: of seeds, of images, of the rest. */
const REGIMES = {
  'seed-dominated': [0.02, 0.02, 0.1],
  mixed: [0.02, 0.09, 0.15],
  'image-dominated': [0.005, 0.15, 0.15],
  'the rest alone': [0, 0, 0.15],
};
/** Mean 0, standard deviation 1. */
const SHAPES = {
  normal: (stream) => stream.normal(),
  exponential: (stream) => -Math.log1p(-stream.uniform()) - 1,
};

/** d[s][i] = a_s + b_i + e_si, so that the true difference is 0; and the mean of b, the effect on these very images. */
function simulate([ofSeeds, ofImages, ofRest], seeds, draw) {
  const b = Array.from({ length: images }, () => ofImages * draw());
  const differences = Array.from({ length: seeds }, () => {
    const a = ofSeeds * draw();
    return b.map((ofImage) => a + ofImage + ofRest * draw());
  });
  return { differences, ofTheseImages: b.reduce((sum, value) => sum + value, 0) / images };
}

const percent = (count, of) => `${((100 * count) / of).toFixed(1)} %`;

console.log(`${images} images; ${datasets} data sets for each interval, ${tests} for each test`);
for (const [shape, drawOf] of Object.entries(SHAPES)) {
  console.log(`\n${shape} effects\n`);
  console.log(
    '| regime | seeds | 95 % interval holds 0 | p <= 5 %, no effect on these images | the same, images drawn anew |',
  );
  console.log('|---|---|---|---|---|');
  for (const [regime, spreads] of Object.entries(REGIMES)) {
    for (const seeds of values.seeds.split(',').map(Number)) {
      let [held, foundOnThese, foundAnew] = [0, 0, 0];
      for (let k = 0; k < Math.max(datasets, tests); k++) {
        const stream = new RandomStream(0, 'coverage', shape, regime, seeds, k);
        const { differences, ofTheseImages } = simulate(spreads, seeds, () => drawOf(stream));
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
      const found = [foundOnThese, foundAnew].map((count) => percent(count, tests));
      const cells = [regime, seeds, percent(held, datasets), ...found];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}
