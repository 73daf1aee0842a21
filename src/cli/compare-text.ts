import { count, fixed, plainMinus, signed, significant } from '../core/format.ts';
import type { SplitComparison } from '../index.ts';
import { seedsNeeded, smallestP } from '../stats/sign-flip.ts';
import { partsText } from './parts-text.ts';
import { alignedTable } from './tables.ts';

const LEVEL = 0.05;

/** What `compare` prints: a row an arm, and what so few seeds cannot show. */
export function compareText(comparisons: readonly SplitComparison[]): string {
  const rows = comparisons.map(
    ({ arm, difference, ci95: [low, high], p, p_holm, seeds, images, groups, detectable }) => [
      arm,
      change(difference),
      `${change(low)} to ${change(high)}`,
      short(p),
      short(p_holm),
      `${seeds}`,
      groups === undefined ? `${images}` : `${images} in ${groups} groups`,
      fixed(detectable, 4),
    ],
  );
  const head = [
    'arm',
    'difference',
    '95 % interval',
    'p',
    'p (Holm)',
    'seeds',
    'images',
    'smallest detectable',
  ];
  return [alignedTable([head, ...rows]), ...limits(comparisons), ...partsText(comparisons)].join('\n');
}

function limits(comparisons: readonly SplitComparison[]): string[] {
  const few = (count: (comparison: SplitComparison) => number) =>
    comparisons.some((each) => count(each) === 1);
  const seeds = Math.max(...comparisons.map((comparison) => comparison.seeds));
  const [smallest, family] = [smallestP(seeds), comparisons.length];
  const sentences: string[] = [];
  const leftOut = Math.max(0, ...comparisons.map((each) => each.leftOut ?? 0));
  if (leftOut > 0)
    sentences.push(
      `${count(leftOut, 'image')} with nothing of the class in some run ${leftOut === 1 ? 'is' : 'are'} left out`,
    );
  if (smallest > LEVEL) {
    sentences.push(
      `with ${seeds} ${seeds === 1 ? 'seed' : 'seeds'} the smallest possible p is ${short(smallest)}: the test over seeds cannot show a difference. It needs ${seedsNeeded()} seeds`,
    );
  } else if (family * smallest > LEVEL) {
    sentences.push(
      `with ${seeds} seeds and ${family} arms compared the smallest possible p (Holm) is ${short(family * smallest)}: more seeds or fewer arms are needed`,
    );
  }
  if (few(({ seeds }) => seeds))
    sentences.push('with 1 seed the interval is over images only, and says nothing about other seeds');
  if (comparisons.some(({ groups = 1 }) => groups > 1))
    sentences.push('the interval is over groups of images, as those of one group are not independent');
  if (few(({ images, groups = images }) => groups))
    sentences.push(
      'with 1 image, or 1 group of them, the interval is over seeds only, and says nothing about others',
    );
  return sentences;
}

const change = (value: number) => plainMinus(signed(value, 4));
const short = (p: number) => significant(p, 2);
