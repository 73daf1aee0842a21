// How often the intervals of a learning curve hold the truth, and how often its check is failed by a law that is true; over
// simulated studies whose making is known, as Markdown tables. Then truths that follow no power law. About twenty minutes:
//   npx tsx scripts/evidence/learning-curve.ts [--datasets 300] [--seeds 3,4,5,6] [--budgets 11,22,44,88] [--images 120]
import { parseArgs } from 'node:util';
import { numbersIn } from './support/flags.ts';
import { coverageOf, LAWS, NOISES, type Truth } from './support/learning-curves.ts';
import { percentOf, printHead, printRow } from './support/markdown.ts';

const { values } = parseArgs({
  options: {
    datasets: { type: 'string', default: '300' },
    seeds: { type: 'string', default: '3,4,5,6' },
    budgets: { type: 'string', default: '11,22,44,88' },
    images: { type: 'string', default: '120' },
  },
});
const [datasets, images] = [values.datasets, values.images].map(Number);
const masks = numbersIn(values.budgets);
const largest = masks[masks.length - 1];

/** Truths that no power law is. */
const OTHERS: Readonly<Record<string, Truth>> = {
  'plateau from 44 masks on': (n) => 0.55 + 0.2 * Math.min(1, Math.log2(n / 11) / 2),
  'exponential, 0.8 - 0.4 exp(-n / 30)': (n) => 0.8 - 0.4 * Math.exp(-n / 30),
  'no gain at all': () => 0.7,
};

console.log(`${datasets} data sets each, ${images} images, ${masks.join(', ')} masks`);
tell('power laws', Object.entries(LAWS));
tell('other truths', Object.entries(OTHERS));

function tell(title: string, truths: readonly (readonly [string, Truth])[]): void {
  console.log(`\n${title}\n`);
  const scores = [largest, largest + 20, 2 * largest].map((n) => `score at ${n}`);
  printHead(['noise', 'truth', 'seeds', ...scores, '20 more masks', `${largest} more`, 'check failed']);
  for (const [noise, spreads] of Object.entries(NOISES)) {
    for (const [name, truth] of truths) {
      for (const seeds of numbersIn(values.seeds)) {
        const { held, failed } = coverageOf({ truth, spreads, masks, seeds, images, datasets });
        const cells = [...held, failed].map((count) => percentOf(count, datasets));
        printRow([noise, name, seeds, ...cells]);
      }
    }
  }
}
