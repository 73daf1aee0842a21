import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { fillHoles, removeParts } from '../../src/eval/mask-parts.ts';
import { clean, maskOf, PLAIN_RULE } from '../../src/eval/mask-rule.ts';

const size = { height: 6, width: 8 };

/** `#` is in the mask. */
const read = (rows: readonly string[]) => Uint8Array.from(rows.join(''), (sign) => (sign === '#' ? 1 : 0));
const written = (mask: Uint8Array, width = size.width) =>
  Array.from({ length: mask.length / width }, (_, y) =>
    Array.from(mask.subarray(y * width, (y + 1) * width), (on) => (on ? '#' : '.')).join(''),
  );

const picture = [
  '####..#.', //
  '#..#...#',
  '#..#..#.',
  '####....',
  '....##..',
  '.#..##..',
];

describe('parts', () => {
  // Of 1, of 3 (by corners), and of 12 + 4 pixels, which touch at a corner.
  test.each([
    [0, picture],
    [1, picture],
    [2, [...picture.slice(0, 5), '....##..']],
    [4, ['####....', '#..#....', '#..#....', '####....', '....##..', '....##..']],
    [16, ['####....', '#..#....', '#..#....', '####....', '....##..', '....##..']],
    [17, new Array(6).fill('........')],
  ])('smaller than %i pixels are removed', (pixels, expected) => {
    const mask = read(picture);
    removeParts(mask, size, pixels);
    expect(written(mask)).toEqual(expected);
  });
});

describe('holes', () => {
  const holed = [
    '#####.##', //
    '#.#.#.##',
    '##..#.##',
    '#####.##',
    '#.######',
    '##.#####',
  ];
  // Holes of 1, 3 and 1 pixel: outside, corners do not join. What reaches the edge is no hole.
  test.each([
    [1, holed],
    [2, ['#####.##', '###.#.##', '##..#.##', '#####.##', '########', '##.#####']],
    [4, ['#####.##', '#####.##', '#####.##', '#####.##', '########', '##.#####']],
    [49, ['#####.##', '#####.##', '#####.##', '#####.##', '########', '##.#####']],
  ])('smaller than %i pixels are filled', (pixels, expected) => {
    const mask = read(holed);
    fillHoles(mask, size, pixels, 1);
    expect(written(mask)).toEqual(expected);
  });

  test('are filled with what is asked for, and islands in them stay', () => {
    const ring = ['#####', '#...#', '#.#.#', '#...#', '#####'].map((row) => row.padEnd(8, '.'));
    const mask = read([...ring, '........']).map((on) => 255 * on);
    fillHoles(mask, size, 9, 255);
    expect(written(mask)).toEqual([...new Array(5).fill('#####...'), '........']);
    expect(new Set(mask)).toEqual(new Set([0, 255]));
  });
});

/** The same, pixel by pixel: floods from each. */
function flooded(
  mask: Uint8Array,
  { height, width }: typeof size,
  value: number,
  corners: boolean,
): { readonly area: number; readonly edge: boolean }[] {
  const found: { area: number; edge: boolean }[] = [];
  const partOf = new Int32Array(mask.length).fill(-1);
  for (let from = 0; from < mask.length; from++) {
    if (mask[from] !== value || partOf[from] >= 0) continue;
    const part = { area: 0, edge: false };
    const queue = [from];
    partOf[from] = found.length;
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      const [y, x] = [Math.floor(at / width), at % width];
      part.area++;
      part.edge ||= y === 0 || x === 0 || y === height - 1 || x === width - 1;
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const next = v * width + u;
          if ((!corners && v !== y && u !== x) || mask[next] !== value || partOf[next] >= 0) continue;
          partOf[next] = found.length;
          queue.push(next);
        }
      }
    }
    found.push(part);
  }
  return Array.from(partOf, (part) => found[part]);
}

test('masks at random: what a flood from each pixel finds', () => {
  const stream = new RandomStream('masks');
  for (let trial = 0; trial < 200; trial++) {
    const extent = { height: 1 + stream.integer(12), width: 1 + stream.integer(12) };
    const share = stream.uniform();
    const mask = Uint8Array.from({ length: extent.height * extent.width }, () =>
      stream.uniform() < share ? 1 : 0,
    );
    const pixels = 1 + stream.integer(8);
    const parts = flooded(mask, extent, 1, true);
    const kept = mask.slice();
    removeParts(kept, extent, pixels);
    expect(kept).toEqual(mask.map((on, i) => (on && parts[i].area >= pixels ? 1 : 0)));
    const outside = flooded(mask, extent, 0, false);
    const filled = mask.slice();
    fillHoles(filled, extent, pixels, 1);
    expect(filled).toEqual(
      mask.map((on, i) => (on || (!outside[i].edge && outside[i].area < pixels) ? 1 : 0)),
    );
  }
});

test('a rule: from a probability on, holes are filled, then parts removed, by their share of the image', () => {
  const probabilities = Float32Array.from(read(picture), (on) => (on ? 0.4 : 0.2));
  expect(written(maskOf(probabilities, size, PLAIN_RULE))).toEqual(new Array(6).fill('........'));
  const threshold = Math.fround(0.4);
  expect(written(maskOf(probabilities, size, { ...PLAIN_RULE, threshold }))).toEqual(picture);
  // The ring of 12 and its hole of 4, and the 4 that touch it, are 20 of 48 pixels; without the hole they would be 16.
  const rule = { threshold, fillHoles: 5 / 48, minArea: 19 / 48 };
  expect(written(maskOf(probabilities, size, rule))).toEqual([
    ...new Array(4).fill('####....'),
    ...new Array(2).fill('....##..'),
  ]);
  const mask = read(picture);
  clean(mask, size, { ...rule, fillHoles: 0 });
  expect(written(mask)).toEqual(new Array(6).fill('........'));
});
