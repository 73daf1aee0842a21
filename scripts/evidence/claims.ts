// How often a study in which no arm has an effect is said to support a claim, or to contradict it; and how often the interval of
// the masks that an arm saves holds their true number. Over simulated studies, as Markdown tables; about a minute:
//   npx tsx scripts/evidence/claims.ts [--studies 400] [--images 60] [--seeds 6,10]
import { parseArgs } from 'node:util';
import { RandomStream } from '../../src/core/random.ts';
import type { EpochRow, ImageRow, RunKey, RunRow, StudyTables } from '../../src/records/study-tables.ts';
import type { MaskCount } from '../../src/stats/label-curve.ts';
import { analyseStudy } from '../../src/study/analysis/analysis.ts';
import { claimsOf } from '../../src/study/analysis/claims.ts';
import { labelEfficiency } from '../../src/study/analysis/efficiency.ts';
import { numbersIn } from './support/flags.ts';
import { percentOf, printHead, printRow } from './support/markdown.ts';
import { range, SHAPES } from './support/simulated.ts';

const { values } = parseArgs({
  options: {
    studies: { type: 'string', default: '400' },
    images: { type: 'string', default: '60' },
    seeds: { type: 'string', default: '6,10' },
  },
});
const [studies, images] = [values.studies, values.images].map(Number);
const seedCounts = numbersIn(values.seeds);
const ARMS = ['baseline', 'arm'] as const;
const EPOCHS = 30;

/** Dice rises by 0.04 with every doubling of the masks, and the arm is one doubling ahead. */
const COUNTS = [22, 44, 88, 176].map((masks) => ({ labels: `${masks}`, masks }));
const rise = (masks: number) => 0.6 + 0.04 * Math.log2(masks / 22);

console.log(`${studies} studies of two arms and ${images} images\n`);
printHead(['effects', 'seeds', 'claim', 'supported', 'contradicted']);
for (const shape of Object.keys(SHAPES)) {
  for (const seeds of seedCounts) {
    for (const [claim, { supported, contradicted }] of verdicts(shape, seeds)) {
      printRow([shape, seeds, claim, percentOf(supported, studies), percentOf(contradicted, studies)]);
    }
  }
}
console.log();
printHead(['effects', 'seeds', 'interval of the masks that 44 are worth contains 88']);
for (const shape of Object.keys(SHAPES)) {
  for (const seeds of [3, ...seedCounts]) {
    const held = range(studies).filter((k) => holdsTheMasksSaved(shape, seeds, k)).length;
    printRow([shape, seeds, percentOf(held, studies)]);
  }
}

/** How often each claim is supported and contradicted. */
function verdicts(shape: string, seeds: number) {
  const counts = new Map<string, { supported: number; contradicted: number }>();
  for (const k of range(studies)) {
    const stream = new RandomStream(0, 'claims', shape, seeds, k);
    const tables = simulate(seeds, () => SHAPES[shape](stream));
    for (const { claim, verdict } of claimsOf(analyseStudy(tables, { baseline: ARMS[0] }))) {
      const count = counts.get(claim) ?? { supported: 0, contradicted: 0 };
      counts.set(claim, count);
      if (verdict === 'supported' || verdict === 'contradicted') count[verdict]++;
    }
  }
  return counts;
}

/**
 * Tables of two arms that do not differ. A seed shifts both alike; each run has an end, a pace and an unrest of its own; what
 * an arm makes of an image is drawn anew with the images.
 */
function simulate(seeds: number, draw: () => number): StudyTables {
  const hardness = range(images).map(() => 0.15 * draw());
  const suits = ARMS.map(() => range(images).map(() => 0.06 * draw()));
  const shared = range(seeds).map(() => draw());
  const tables: { images: ImageRow[]; runs: RunRow[]; epochs: EpochRow[] } = {
    ...{ images: [], runs: [], epochs: [] },
  };
  for (const seed of range(seeds)) {
    for (const [a, arm] of ARMS.entries()) {
      const key: RunKey = { arm, labels: '88', draw: 0, seed };
      const level = 0.02 * (shared[seed] + draw());
      const rows = simulateEpochs(key, { level, shift: shared[seed] }, draw);
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

/** The epochs of a run: towards its level, at its pace. */
function simulateEpochs(
  key: RunKey,
  { level, shift }: { readonly level: number; readonly shift: number },
  draw: () => number,
): Required<Omit<EpochRow, 'fold'>>[] {
  const pace = 6 * Math.exp(0.2 * (shift + draw()));
  const unrest = 0.01 * Math.exp(0.3 * draw());
  return range(EPOCHS).map((i) => {
    const left = Math.exp(-(i + 1) / pace);
    return {
      ...{ ...key, epoch: i + 1, train_loss: 0.2 + left },
      val_loss: 0.3 - level + 0.5 * left + unrest * draw(),
      val_dice: 0.75 + level - 0.6 * left + unrest * draw(),
    };
  });
}

/** Whether the interval of a simulated study holds the true number of masks. */
function holdsTheMasksSaved(shape: string, seeds: number, k: number): boolean {
  const stream = new RandomStream(0, 'masks saved', shape, seeds, k);
  const draw = () => SHAPES[shape](stream);
  const ofNoImportance = { steps: 0, epochs: 0, best_epoch: 0, best_val_dice: 0, lowest_val_loss: 0 };
  const runs = range(seeds).flatMap((seed) => {
    const shared = 0.02 * draw();
    return ARMS.flatMap((arm) =>
      COUNTS.map(
        ({ labels, masks }): RunRow => ({
          ...{ arm, labels, draw: 0, seed, masks, ...ofNoImportance },
          dice: rise(arm === 'arm' ? 2 * masks : masks) + shared + 0.015 * draw(),
        }),
      ),
    );
  });
  const { masks_saved } = labelEfficiency(runs, COUNTS, ARMS);
  const [low, high] = masks_saved.find(({ labels }) => labels === '44')!.ci95!;
  return extremeOf(low) <= 88 && 88 <= extremeOf(high);
}

/** What a number of masks that is only bounded may be at most, or at least. */
function extremeOf({ masks, bound }: MaskCount): number {
  if (bound === undefined) return masks;
  return bound === 'more than' ? Number.POSITIVE_INFINITY : 0;
}
