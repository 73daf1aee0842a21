// Whether statements on what a study can show are right, and whether the parts of a variance are estimated without bias; over
// simulated studies whose making is known, as Markdown tables. Some minutes:
//   npx tsx scripts/evidence/power.ts [--datasets 400] [--images 60]
import { parseArgs } from 'node:util';
import { smallestDifference } from '../../src/stats/power.ts';
import { percentOf, printHead, printRow } from './support/markdown.ts';
import { type Design, estimatedParts, foundIn, MAKINGS, partOf } from './support/studies.ts';

const { values } = parseArgs({
  options: {
    datasets: { type: 'string', default: '400' },
    images: { type: 'string', default: '60' },
  },
});
const [datasets, images] = [values.datasets, values.images].map(Number);

const SIZES = [
  { seeds: 6, draws: 1 },
  { seeds: 8, draws: 1 },
  { seeds: 14, draws: 1 },
  { seeds: 6, draws: 3 },
];

console.log(`${datasets} studies each, ${images} images\n`);
printHead([
  'making',
  'seeds',
  'draws',
  'smallest difference',
  'found if it is true',
  'found if there is none',
]);
for (const [making, spreads] of Object.entries(MAKINGS)) {
  for (const size of SIZES) {
    const design: Design = { spreads, ...size, images };
    const smallest = smallestDifference(partOf(spreads), { ...size, images, comparisons: 1 })!;
    const found = [smallest, 0].map((truth) => percentOf(foundIn(design, truth, datasets), datasets));
    printRow([making, size.seeds, size.draws, smallest.toFixed(3), ...found]);
  }
}

console.log('\nvariance parts: mean estimate / truth (standard error of the mean estimate / truth)\n');
printHead([
  'making',
  'seeds',
  'draws',
  'part',
  'mean / truth',
  'mean standard error / spread of the estimates',
]);
for (const [making, spreads] of Object.entries(MAKINGS)) {
  for (const size of [SIZES[0], SIZES[3]]) {
    for (const { name, ratio, error, calibration } of estimatedParts(
      { spreads, ...size, images },
      datasets,
    )) {
      const told = `${ratio.toFixed(2)} (${error.toFixed(2)})`;
      printRow([making, size.seeds, size.draws, name, told, calibration.toFixed(2)]);
    }
  }
}
