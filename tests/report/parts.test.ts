import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberIn, parseCsv } from '../../src/core/csv.ts';
import { lineChart } from '../../src/report/charts.ts';
import { duration, fixed, listed, percent, signed, significant } from '../../src/report/format.ts';
import { html, trusted } from '../../src/report/html.ts';
import { drawOutlines } from '../../src/report/outline.ts';
import { lookOf } from '../../src/report/palette.ts';
import { mean, standardDeviation, summarise } from '../../src/report/statistics.ts';

test('templates escape text, keep markup, join lists and drop what is absent', () => {
  const parts = [html`<i>${'a<b'}</i>`, 3, undefined, false as const];
  expect(html`<p title="${'"\'&'}">${parts}${trusted('<br>')}</p>`.text).toBe(
    '<p title="&quot;&#39;&amp;"><i>a&lt;b</i>3<br></p>',
  );
  expect(html`${'a\u0000b'}`.text).toBe('a\ufffdb');
});

test('CSV fields may be quoted and hold commas, quotes and line ends', () => {
  expect(parseCsv('a,b\r\n"x, ""y""\nz",1\n\nlast\n')).toEqual([{ a: 'x, "y"\nz', b: '1' }, { a: 'last' }]);
  expect(parseCsv('')).toEqual([]);
  expect([numberIn('.5'), numberIn(''), numberIn('nan'), numberIn(undefined)]).toEqual([
    0.5,
    undefined,
    undefined,
    undefined,
  ]);
});

test('any table of texts survives being written and read as CSV', () => {
  const cell = fc.string({ minLength: 1 });
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
      const quoted = rows.map((row) => row.map((field) => `"${field.replaceAll('"', '""')}"`).join(','));
      expect(parseCsv(['a,b', ...quoted].join('\n')).map(({ a, b }) => [a, b])).toEqual(rows);
    }),
  );
});

test('numbers read as a person would write them', () => {
  expect([fixed(-0.0126), fixed(undefined), fixed(Number.NaN)]).toEqual(['−0.013', '–', '–']);
  expect([signed(0.0126), signed(-0.5), signed(-0.0001)]).toEqual(['+0.013', '−0.500', '0.000']);
  expect([significant(0.00123456), significant(1e-7), percent(0.0833)]).toEqual([
    '0.001235',
    '1e−7',
    '8.3 %',
  ]);
  expect([duration(4.2), duration(59.7), duration(125), duration(12000)]).toEqual([
    '4.2 s',
    '1 min 0 s',
    '2 min 5 s',
    '3 h 20 min',
  ]);
  expect([listed(['a']), listed(['a', 'b', 'c'])]).toEqual(['a', 'a, b and c']);
});

test('statistics are those of the textbooks', () => {
  expect(mean([])).toBeUndefined();
  expect(standardDeviation([1])).toBeUndefined();
  expect(standardDeviation([1, 2, 3, 4])).toBeCloseTo(1.2909944, 6);
  expect(summarise('dice', [0.4, 0.5, 0.9])).toEqual({
    count: 3,
    mean: 0.6,
    median: 0.5,
    p5: 0.41000000000000003,
    below_half: 1 / 3,
  });
  expect(summarise('hd95', [4, 6, 6])).toEqual({ count: 3, mean: 16 / 3, median: 6, p95: 6 });
  expect(summarise('hd95', [])).toBeUndefined();
});

test('outlines lie inside the truth and outside the prediction, and nothing else changes', () => {
  const [width, height] = [9, 7];
  const square = (x0: number, x1: number) =>
    Uint8Array.from({ length: width * height }, (_, pixel) => {
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      return x >= x0 && x <= x1 && y >= 2 && y <= 4 ? 1 : 0;
    });
  const rgb = new Uint8Array(width * height * 3).fill(7);
  const mask = square(3, 5);
  const drawn = drawOutlines(rgb, width, height, mask, mask);
  const colourAt = (x: number, y: number) => [
    ...drawn.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
  ];
  const [green, orange, plain] = [colourAt(3, 2), colourAt(2, 2), [7, 7, 7]];
  expect(green[1]).toBeGreaterThan(green[0]);
  expect(orange[0]).toBeGreaterThan(orange[1]);
  expect([colourAt(5, 4), colourAt(6, 5), colourAt(4, 3), colourAt(0, 0)]).toEqual([
    green,
    orange,
    plain,
    plain,
  ]);
  expect(rgb.every((value) => value === 7)).toBe(true);
  expect(() => drawOutlines(rgb, width, height, mask.subarray(1), mask)).toThrow(
    /truth has 62 bytes, expected 63/,
  );
});

test('the ticks of a narrow range can be told apart', () => {
  const points = [11.651, 11.652, 11.655].map((y, x) => ({ x, y }));
  const look = lookOf(0);
  const lines = [{ name: 'a', look, weight: 'thick' as const, points }];
  const chart = lineChart({ title: 't', xLabel: 'epoch', yLabel: 'PSNR', lines })!.text;
  const labels = [...chart.matchAll(/>(11\.6\d*)</g)].map(([, label]) => label);
  expect(labels.length).toBeGreaterThan(2);
  expect(new Set(labels).size).toBe(labels.length);
});
