// How often a subgroup is called worse where none is, how often the intervals of subgroups hold together, and how often a subgroup
// that is worse is named; over simulated scores whose making is known, as Markdown tables. Some seconds:
//   npx tsx scripts/evidence/subgroups.ts [--datasets 4000]
import { parseArgs } from 'node:util';
import { RandomStream } from '../../src/core/random.ts';
import { compareSubgroups, type Division, worstOf } from '../../src/stats/subgroups.ts';
import { percentOf, printHead, printRow } from './support/markdown.ts';

const { values } = parseArgs({ options: { datasets: { type: 'string', default: '4000' } } });
const datasets = Number(values.datasets);

/** Like Dice: most near 1, some failures. */
const scoreOf = (stream: RandomStream, failures: number, hardness = 0) =>
  stream.uniform() < failures ? 0 : Math.max(0, 1 - (0.3 + 0.1 * Math.abs(hardness)) * stream.uniform() ** 2);

/** Images in parts of these sizes, shuffled. */
function divided(
  stream: RandomStream,
  name: string,
  sizes: readonly number[],
  units: readonly string[],
): Division {
  const parts = sizes.map((_, k) => String(k));
  return {
    name,
    parts,
    units,
    of: stream.shuffled(sizes.flatMap((size, k) => new Array<string>(size).fill(parts[k]))),
  };
}

console.log(`${datasets} data sets each\n\nno subgroup differs\n`);
printHead(['images', 'patients', 'subgroups', 'one is called worse', 'all intervals hold']);
for (const [patients, divisions] of [
  [40, [[10, 30]]],
  [
    40,
    [
      [13, 13, 14],
      [13, 13, 14],
    ],
  ],
  [
    120,
    [
      [40, 40, 40],
      [40, 40, 40],
      [40, 40, 40],
    ],
  ],
  [
    120,
    [
      [10, 10, 20, 80],
      [60, 60],
    ],
  ],
  [
    15,
    [
      [60, 60],
      [20, 100],
    ],
  ],
  [
    30,
    [
      [40, 40, 40],
      [40, 40, 40],
    ],
  ],
] as const) {
  const images = divisions[0].reduce<number>((sum, size) => sum + size, 0);
  let [named, held] = [0, 0];
  for (let set = 0; set < datasets; set++) {
    const stream = new RandomStream(set, 'null', images, patients);
    const hardness = Array.from({ length: patients }, () => stream.normal());
    const units = Array.from({ length: images }, (_, i) => String(i % patients));
    const scores = units.map((patient) =>
      scoreOf(stream, 0.05 + 0.05 * Math.max(0, hardness[Number(patient)]), hardness[Number(patient)]),
    );
    const found = compareSubgroups(
      scores,
      divisions.map((sizes, d) => divided(stream, `division ${d}`, sizes, units)),
    );
    if (worstOf(found, false)) named++;
    if (found.every(({ interval }) => !interval || (interval[0] <= 0 && interval[1] >= 0))) held++;
  }
  printRow([
    images,
    patients,
    divisions.map((sizes) => sizes.join(' + ')).join('; '),
    percentOf(named, datasets),
    percentOf(held, datasets),
  ]);
}

console.log('\none subgroup fails in 30 % of its images, the others in 5 %\n');
printHead(['images', 'in the subgroup', 'its interval holds the truth', 'it is named', 'another is named']);
const truth = (0.3 - 0.05) * -0.9;
for (const [few, images] of [
  [10, 60],
  [12, 120],
  [20, 120],
  [40, 120],
  [60, 300],
] as const) {
  let [held, named, other] = [0, 0, 0];
  for (let set = 0; set < datasets; set++) {
    const stream = new RandomStream(set, 'worse', few, images);
    const of = Array.from({ length: images }, (_, i) => (i < few ? 'worse' : i % 2 ? 'one' : 'other'));
    const scores = of.map((name) => scoreOf(stream, name === 'worse' ? 0.3 : 0.05));
    const found = compareSubgroups(scores, [
      { name: 'by', parts: ['worse', 'one', 'other'], of, units: of.map((_, i) => String(i)) },
    ]);
    const [low, high] = found[0].interval!;
    if (low <= truth && truth <= high) held++;
    const worst = worstOf(found, false)?.name;
    if (worst === 'worse') named++;
    else if (worst !== undefined) other++;
  }
  printRow([images, few, ...[held, named, other].map((count) => percentOf(count, datasets))]);
}
