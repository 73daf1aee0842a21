import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { csvOf, parseCsv } from '../../src/core/csv.ts';
import type { RandomStream } from '../../src/core/random.ts';
import { readDataFolder } from '../../src/data/folders/folder.node.ts';
import { withGroups } from '../../src/data/folders/groups.node.ts';
import { compareResults } from '../../src/study/analysis/compare-results.node.ts';
import { writeDataset } from '../../tests/support/dataset.ts';
import type { Attacker } from './attacker.ts';
import { among, mutatedText } from './mutate.ts';
import { scratchFolder } from './scratch.ts';

/** What a parser of CSV, or what counts its rows, may be hurt by. */
const HARM: readonly string[] = [
  ...[
    '"',
    '"'.repeat(1e5),
    '"a"b',
    ','.repeat(1e5),
    '\r'.repeat(1000),
    '\n'.repeat(1e4),
    '\ufeff\ufeffstem,group',
  ],
  ...[
    'stem,stem',
    '__proto__,constructor\n1,2',
    `${'x'.repeat(1e6)},1`,
    'a,b\n'.repeat(1e4),
    '=1+1,@x',
    "'=1",
  ],
];

function harmed(text: string, stream: RandomStream): string {
  if (stream.integer(2) === 0) return mutatedText(text, stream);
  const lines = text.split('\n');
  return lines.toSpliced(stream.integer(lines.length + 1), stream.integer(2), among(stream, HARM)).join('\n');
}

const results = csvOf(
  [0, 1].flatMap((seed) =>
    ['scratch', 'denoise'].flatMap((arm) =>
      ['a', 'b', 'c'].map((image, i) => ({
        arm,
        seed,
        image,
        group: image,
        labels: 4,
        draw: 0,
        dice: 0.5 + 0.1 * i,
      })),
    ),
  ),
);

/** Tables that are read: of groups, of scores; and lists of names. */
export const csv: Attacker = {
  name: 'csv',
  what: 'damaged CSV files and lists: groups, splits, results of studies',
  prepare: async () => {
    const folder = await scratchFolder();
    const data = join(folder, 'data');
    const stems = await writeDataset(data, { count: 4 });
    const sound = await readDataFolder(data, {});
    const table = join(folder, 'table.csv');
    const lists = join(data, 'test.txt');
    const kinds: Readonly<Record<string, { readonly text: string; read(text: string): Promise<unknown> }>> = {
      groups: {
        text: csvOf(stems.map((stem, i) => ({ stem, group: `p${i >> 1}` }))),
        read: async (text) => {
          await writeFile(table, text);
          return withGroups(sound, { groups: table }, false);
        },
      },
      results: {
        text: results,
        read: async (text) => {
          await writeFile(table, text);
          return compareResults({ file: table, baseline: 'scratch' });
        },
      },
      lists: {
        text: `${stems.slice(2).join('\n')}\n`,
        read: async (text) => {
          await writeFile(lists, text);
          await writeFile(join(data, 'train.txt'), stems.slice(0, 2).join('\n'));
          return readDataFolder(data, {});
        },
      },
      any: { text: results, read: async (text) => parseCsv(text) },
    };
    return (stream) => {
      const name = among(stream, Object.keys(kinds));
      const content = harmed(kinds[name].text, stream);
      return {
        text: `${name}: ${JSON.stringify(content.slice(0, 200))}`,
        run: () => kinds[name].read(content),
      };
    };
  },
};
