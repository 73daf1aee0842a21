// How often a study in which no arm has an effect is said to support a claim, or to contradict it; and how often the interval of
// the masks that an arm saves holds their true number. Over simulated studies, as Markdown tables; about a minute:
//   npm run -s build && node bench/claims.mjs [--studies 400] [--images 60] [--seeds 6,10]
import { parseArgs } from 'node:util';
import { RandomStream } from '../dist/core/random.js';
import { analyseStudy } from '../dist/study/analysis.js';
import { claimsOf } from '../dist/study/claims.js';
import { labelEfficiency } from '../dist/study/efficiency.js';

const { values } = parseArgs({
  options: {
    studies: { type: 'string', default: '400' },
    images: { type: 'string', default: '60' },
    seeds: { type: 'string', default: '6,10' },
  },
});
const [studies, images] = [values.studies, values.images].map(Number);
const seedCounts = values.seeds.split(',').map(Number);
const EPOCHS = 30;

/** Mean 0, standard deviation 1. */
const SHAPES = {
  normal: (stream) => stream.normal(),
  exponential: (stream) => -Math.log1p(-stream.uniform()) - 1,
};

const range = (count) => Array.from({ length: count }, (_, i) => i);
const percent = (count, of) => `${((100 * count) / of).toFixed(1)} %`;

/**
 * Tables of two arms that do not differ. A seed shifts both alike; each run has an end, a pace and an unrest of its own; what
 * an arm makes of an image is drawn anew with the images.
 */
function simulate(seeds, draw) {
  const arms = ['baseline', 'arm'];
  const hardness = range(images).map(() => 0.15 * draw());
  const suits = arms.map(() => range(images).map(() => 0.06 * draw()));
  const shared = range(seeds).map(() => draw());
  const tables = { images: [], runs: [], epochs: [] };
  for (const seed of range(seeds)) {
    for (const [a, arm] of arms.entries()) {
      const key = { arm, labels: '88', draw: 0, seed };
      const level = 0.02 * (shared[seed] + draw());
      const pace = 6 * Math.exp(0.2 * (shared[seed] + draw()));
      const unrest = 0.01 * Math.exp(0.3 * draw());
      const rows = range(EPOCHS).map((i) => {
        const left = Math.exp(-(i + 1) / pace);
        return {
          ...{ ...key, epoch: i + 1, train_loss: 0.2 + left },
          val_loss: 0.3 - level + 0.5 * left + unrest * draw(),
          val_dice: 0.75 + level - 0.6 * left + unrest * draw(),
        };
      });
      tables.epochs.push(...rows);
      const dice = range(images).map((i) => 0.7 + level + hardness[i] + suits[a][i] + 0.1 * draw());
      tables.images.push(...dice.map((value, i) => ({ ...key, image: `${i}`, scores: { dice: value } })));
      const best = rows.reduce((a, b) => (b.val_dice > a.val_dice ? b : a));
      tables.runs.push({
        ...{ ...key, masks: 88, steps: 300, epochs: EPOCHS },
        ...{ best_epoch: best.epoch, best_val_dice: best.val_dice },
        lowest_val_loss: Math.min(...rows.map((row) => row.val_loss)),
        dice: dice.reduce((sum, value) => sum + value, 0) / images,
      });
    }
  }
  return tables;
}

console.log(`${studies} studies of two arms and ${images} images\n`);
console.log('| effects | seeds | claim | supported | contradicted |\n|---|---|---|---|---|');
for (const [shape, drawOf] of Object.entries(SHAPES)) {
  for (const seeds of seedCounts) {
    const counts = new Map();
    for (const k of range(studies)) {
      const stream = new RandomStream(0, 'claims', shape, seeds, k);
      const analysis = analyseStudy(
        simulate(seeds, () => drawOf(stream)),
        { baseline: 'baseline' },
      );
      for (const { claim, verdict } of claimsOf(analysis)) {
        const count = counts.get(claim) ?? { supported: 0, contradicted: 0 };
        counts.set(claim, count);
        if (verdict in count) count[verdict]++;
      }
    }
    for (const [claim, { supported, contradicted }] of counts) {
      const cells = [shape, seeds, claim, percent(supported, studies), percent(contradicted, studies)];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}

/** Dice rises by 0.04 with every doubling of the masks, and the arm is one doubling ahead. */
const COUNTS = [22, 44, 88, 176].map((masks) => ({ labels: `${masks}`, masks }));
const rise = (masks) => 0.6 + 0.04 * Math.log2(masks / 22);

console.log('\n| effects | seeds | interval of the masks that 44 are worth holds 88 |\n|---|---|---|');
for (const [shape, drawOf] of Object.entries(SHAPES)) {
  for (const seeds of [3, ...seedCounts]) {
    let held = 0;
    for (const k of range(studies)) {
      const stream = new RandomStream(0, 'masks saved', shape, seeds, k);
      const draw = () => drawOf(stream);
      const runs = range(seeds).flatMap((seed) => {
        const shared = 0.02 * draw();
        return ['baseline', 'arm'].flatMap((arm) =>
          COUNTS.map(({ labels, masks }) => ({
            ...{ arm, labels, draw: 0, seed, masks },
            dice: rise(arm === 'arm' ? 2 * masks : masks) + shared + 0.015 * draw(),
          })),
        );
      });
      const { masks_saved } = labelEfficiency(runs, COUNTS, ['baseline', 'arm']);
      const [low, high] = masks_saved.find(({ labels }) => labels === '44').ci95;
      const beyond = ({ masks, bound }) =>
        bound === 'more than' ? Number.POSITIVE_INFINITY : bound ? 0 : masks;
      if (beyond(low) <= 88 && 88 <= beyond(high)) held++;
    }
    console.log(`| ${shape} | ${seeds} | ${percent(held, studies)} |`);
  }
}
