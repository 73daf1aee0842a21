import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Comparison, compareResults } from '../../src/index.ts';
import { complaint, fewmask } from '../support/cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();

/** Student's sleep data (1908): hours gained by ten patients with either drug; the patients as seeds. */
const SLEEP = [
  [0.7, 1.9],
  [-1.6, 0.8],
  [-0.2, 1.1],
  [-1.2, 0.1],
  [-0.1, -0.1],
  [3.4, 4.4],
  [3.7, 5.5],
  [0.8, 1.6],
  [0, 4.6],
  [2, 3.4],
];
await writeFile(
  join(root, 'sleep.csv'),
  [
    'arm,seed,image,hours',
    ...SLEEP.flatMap((pair, seed) => pair.map((hours, i) => `drug ${i + 1},${seed},,${hours}`)),
  ]
    .join('\n')
    .replaceAll(',,', ',night,'),
);

/** Three arms over seeds and images. */
const table = (seeds: number, images: number, arms = ['scratch', 'identity', 'denoise']) =>
  [
    'arm,seed,image,dice,net_dice',
    ...arms.flatMap((arm, a) =>
      Array.from({ length: seeds * images }, (_, k) => {
        const [seed, image] = [Math.floor(k / images), k % images];
        return `${arm},${seed},${image}.png,${(0.5 + 0.01 * a * (1 + (seed % 3)) + 0.02 * ((image * (a + 3)) % 7)).toFixed(3)},0.5`;
      }),
    ),
  ].join('\n');
await writeFile(join(root, 'three.csv'), table(3, 10));
await writeFile(join(root, 'six.csv'), table(6, 10));
await writeFile(join(root, 'single.csv'), table(1, 10));
await writeFile(join(root, 'alone.csv'), table(3, 10, ['scratch']));
await writeFile(join(root, 'short.csv'), table(3, 10).split('\n').slice(0, -1).join('\n'));
await writeFile(join(root, 'word.csv'), table(3, 10).replace('identity,1,4.png,0', 'identity,1,4.png,x'));
await writeFile(join(root, 'nameless.csv'), table(3, 10).replace('identity,1,4.png', 'identity,1,'));
await writeFile(join(root, 'empty.csv'), '');

test("Student's sleep data, and a library that says the same", async () => {
  const args = ['compare', 'sleep.csv', '--baseline', 'drug 1', '--metric', 'hours', '--json'];
  const { code, stdout, stderr } = await fewmask(args, root);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [compared, ...others] = JSON.parse(stdout) as Comparison[];
  expect(others).toEqual([]);
  expect(Object.keys(compared)).toEqual(['arm', 'difference', 'ci95', 'p', 'p_holm', 'seeds', 'images']);
  // Of all 1024 sign patterns 4 are as far from zero: no difference is negative, and one is zero.
  expect(compared).toMatchObject({ arm: 'drug 2', p: 4 / 1024, p_holm: 4 / 1024, seeds: 10, images: 1 });
  expect(compared.difference).toBeCloseTo(1.58, 12);
  expect(compared.ci95[1] - compared.ci95[0]).toBeCloseTo(2.4598858 - 0.7001142, 6);
  const [found] = await compareResults({
    file: join(root, 'sleep.csv'),
    baseline: 'drug 1',
    metric: 'hours',
  });
  expect(found).toMatchObject(compared);
});

test('three seeds: a table, and that they cannot show anything', async () => {
  const { code, stdout } = await fewmask(['compare', 'three.csv', '--baseline', 'scratch'], root);
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toMatch(
    /^arm +difference +95 % interval +p +p \(Holm\) +seeds +images +smallest detectable$/,
  );
  expect(lines[1]).toMatch(
    /^identity +[+-]0\.\d{4} +[+-]0\.\d{4} to [+-]0\.\d{4} +[\d.]+ +[\d.]+ +3 +10 +0\.\d{4}$/,
  );
  expect(lines[2]).toMatch(/^denoise /);
  expect(lines.slice(3).join()).toMatch(/^with 3 seeds the smallest possible p is 0\.25: /);
  expect(new Set(lines.slice(0, 3).map((line) => line.length)).size).toBe(1);
  expect((await fewmask(['compare', 'three.csv', '--baseline', 'scratch'], root)).stdout).toBe(stdout);
});

test('six seeds are enough for one arm, but not for two', async () => {
  const { stdout } = await fewmask(['compare', 'six.csv', '--baseline', 'scratch'], root);
  expect(stdout).toMatch(/^with 6 seeds and 2 arms compared the smallest possible p \(Holm\) is 0\.063: /m);
});

test('one seed: said, and nothing found where all is alike', async () => {
  const { stdout } = await fewmask(
    ['compare', 'single.csv', '--baseline', 'scratch', '--metric', 'net_dice'],
    root,
  );
  expect(stdout).toMatch(/^identity +0\.0000 +0\.0000 to 0\.0000 +1 +1 +1 +10 +0\.0000$/m);
  expect(stdout).toMatch(/^with 1 seed the smallest possible p is 1: /m);
  expect(stdout).toMatch(/^with 1 seed the interval is over images only/m);
});

describe.each([
  ['a missing file', ['none.csv', '--baseline', 'scratch'], /none\.csv: got no such file/],
  ['an empty file', ['empty.csv', '--baseline', 'scratch'], /empty\.csv: got a file without rows/],
  [
    'a missing column',
    ['three.csv', '--baseline', 'scratch', '--metric', 'dise'],
    /no column "dise".*mean dice\?/,
  ],
  [
    'an unknown baseline',
    ['three.csv', '--baseline', 'scrach'],
    /baseline: got "scrach".*did you mean scratch\?/,
  ],
  ['no baseline', ['three.csv'], /baseline: got nothing, expected arm that all others .*; see --help/],
  ['one arm only', ['alone.csv', '--baseline', 'scratch'], /arms: got scratch alone/],
  ['an unpaired cell', ['short.csv', '--baseline', 'scratch'], /denoise, seed 2, image 9\.png: got no value/],
  [
    'a word for a number',
    ['word.csv', '--baseline', 'scratch'],
    /identity, seed 1, image 4\.png: got the value NaN/,
  ],
  ['a row without image', ['nameless.csv', '--baseline', 'scratch'], /row 45 after the header: got no image/],
])('%s', (_, args, message) => {
  test('is said in one line, with exit code 2', async () => {
    expect(await complaint(['compare', ...args], root)).toMatch(message);
  });
});

/** The rows of a table with what its study varies: a run's budget of masks, its draw, and what they change in Dice. */
const varied = (text: string, columns: string, variants: readonly (readonly [string, number])[]) => {
  const [head, ...rows] = text.split('\n');
  const lines = variants.flatMap(([values, gain]) =>
    rows.map((row) => {
      const [arm, seed, image, dice] = row.split(',');
      const changed = Number(dice) + (arm === 'denoise' ? gain : 0);
      return [arm, values, seed, image, changed, 0.5].join();
    }),
  );
  return [head.replace('arm,', `arm,${columns},`), ...lines].join('\n');
};
const compared = async (file: string, ...flags: string[]) => {
  const args = ['compare', file, '--baseline', 'scratch', '--json', ...flags];
  return JSON.parse((await fewmask(args, root)).stdout) as Comparison[];
};

describe('a file of several budgets of masks', () => {
  beforeAll(() =>
    writeFile(
      join(root, 'counts.csv'),
      varied(table(3, 10), 'labels,draw', [
        ['22,0', 0],
        ['10%,0', 0.25],
      ]),
    ),
  );

  test('is compared at the one that is chosen', async () => {
    const plain = await compared('three.csv');
    expect(await compared('counts.csv', '--labels', '22')).toEqual(plain);
    const [identity, denoise] = await compared('counts.csv', '--labels', '10%');
    expect(identity.difference).toBeCloseTo(plain[0].difference, 12);
    expect(denoise.difference).toBeCloseTo(plain[1].difference + 0.25, 12);
    expect(Object.keys(denoise)).toEqual(Object.keys(plain[1]));
  });

  test.each<[string, string[], RegExp]>([
    [
      'none is chosen',
      ['counts.csv'],
      /counts\.csv: got 2 budgets of masks, expected one of 22, 10%; choose one by --labels/,
    ],
    [
      'it has no such one',
      ['counts.csv', '--labels', '10'],
      /labels: got "10", expected one of 22, 10%; did you mean/,
    ],
    [
      'the file says nothing of them',
      ['three.csv', '--labels', '22'],
      /three\.csv: got no column "labels".*leave --labels out/,
    ],
  ])('is refused where %s', async (_, [file, ...flags], message) => {
    expect(await complaint(['compare', file, '--baseline', 'scratch', ...flags], root)).toMatch(message);
  });
});

describe('draws of a seed', () => {
  const drawn = varied(table(3, 10), 'draw', [
    ['0', 0.1],
    ['1', 0.3],
  ]);

  test('are averaged image by image', async () => {
    await writeFile(join(root, 'draws.csv'), drawn);
    const [plain, averaged] = [await compared('three.csv'), await compared('draws.csv')];
    expect(averaged.map(({ seeds, images }) => [seeds, images])).toEqual([
      [3, 10],
      [3, 10],
    ]);
    expect(averaged[0].difference).toBeCloseTo(plain[0].difference, 12);
    expect(averaged[1].difference).toBeCloseTo(plain[1].difference + 0.2, 12);
  });

  test('that another arm lacks are left out', async () => {
    const lacking = drawn.split('\n').filter((row) => !/^(scratch|identity),1,2,/.test(row));
    await writeFile(join(root, 'lacking.csv'), lacking.join('\n'));
    const [plain, averaged] = [await compared('three.csv'), await compared('lacking.csv')];
    expect(averaged[1].difference).toBeCloseTo(plain[1].difference + (0.2 + 0.2 + 0.1) / 3, 12);
  });

  test('must each have every image once', async () => {
    await writeFile(join(root, 'gap.csv'), drawn.replace(/\ndenoise,1,2,9\.png.*/, ''));
    await writeFile(join(root, 'twice.csv'), `${drawn}\n${drawn.split('\n').at(-1)}`);
    for (const [file, got] of [
      ['gap.csv', 'draws 0'],
      ['twice.csv', 'draws 0, 1, 1'],
    ]) {
      expect(await complaint(['compare', file, '--baseline', 'scratch'], root)).toContain(
        `denoise, seed 2, image 9.png: got ${got}, expected each of the 2 draws of this seed once`,
      );
    }
  });
});
