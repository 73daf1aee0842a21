// How often lower bounds of scores hold, in the mean of sets of calibration images whose making is known: with and without groups, and with
// images that differ in how hard they are; as a Markdown table. Some seconds:
//   npx tsx scripts/evidence/conformal.ts [--sets 1000] [--images 200] [--level 0.95]
import { parseArgs } from 'node:util';
import { mean } from '../../src/core/mean.ts';
import { RandomStream } from '../../src/core/random.ts';
import { errorOf, spreadOf } from '../../src/expect/expectation.ts';
import { conformalBound } from '../../src/stats/conformal.ts';
import { printHead, printRow } from './support/markdown.ts';

const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: '1000' },
    images: { type: 'string', default: '200' },
    level: { type: 'string', default: '0.95' },
  },
});
const [sets, images, level] = [values.sets, values.images, values.level].map(Number);

/** An image: what is expected of it, and what it scores. */
interface Image {
  readonly expected: number;
  readonly score: number;
  readonly group: string;
}

/** Scores as Dice: most near 1, some failures, worse where less is expected. */
function drawn(stream: RandomStream, group: string, hardness = 0): Image {
  const expected = Math.min(0.97, Math.max(0.1, 0.8 + 0.12 * stream.normal() - 0.1 * hardness));
  const fails = stream.uniform() < 0.4 * (1 - expected);
  const score = fails ? 0 : Math.min(1, Math.max(0, expected + 0.5 * (1 - expected) * stream.normal()));
  return { expected, score, group };
}

/** Groups of 1 to 6 images, alike in how hard they are. */
function groupOf(stream: RandomStream, name: string): Image[] {
  const hardness = stream.normal();
  return Array.from({ length: 1 + stream.integer(6) }, () => drawn(stream, name, hardness));
}

const MAKINGS = {
  'images alone': (stream: RandomStream, name: string) => [drawn(stream, name)],
  'groups of 1 to 6 images': groupOf,
};

console.log(`${sets} sets of calibration units, ${images} new units each; a level of ${level} is asked for`);
printHead(['units', 'made as', 'level told', 'bounds that hold', 'standard error', 'at most']);
for (const [making, unit] of Object.entries(MAKINGS)) {
  for (const units of [5, 10, 18, 19, 25, 39, 60, 100]) {
    let told = 0;
    const held = Array.from({ length: sets }, (_, set) => {
      const stream = new RandomStream(set, making, units);
      const known = Array.from({ length: units }, (_, u) => unit(stream, String(u))).flat();
      const bound = conformalBound(
        known.map(({ expected, score }) => errorOf(expected, score)),
        level,
        known.map(({ group }) => group),
      );
      told = bound.level;
      // A new image is one of a new group.
      const fresh = Array.from({ length: images }, (_, u) => {
        const members = unit(stream, `new ${u}`);
        return members[stream.integer(members.length)];
      });
      return mean(
        fresh.map(({ expected, score }) =>
          score >= expected - bound.error * spreadOf(expected) - 1e-12 ? 1 : 0,
        ),
      );
    });
    const centre = mean(held);
    const error = Math.sqrt(mean(held.map((share) => (share - centre) ** 2)) / sets);
    const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
    const most = making === 'images alone' ? percent(told + 1 / (units + 1)) : '';
    printRow([units, making, percent(told), percent(centre), percent(error), most]);
  }
}
