import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { csvOf, numberIn, parseCsv } from '../../src/core/csv.ts';
import { duration, fixed, listed, percent, signed, significant } from '../../src/core/format.ts';
import { armChart, meanLine } from '../../src/report/charts/arm-charts.ts';
import { lineChart } from '../../src/report/charts/charts.ts';
import { intervalMark, scaleOf } from '../../src/report/charts/interval-marks.ts';
import { lookOf } from '../../src/report/charts/palette.ts';
import { html, trusted } from '../../src/report/page/html.ts';
import { drawOutlines } from '../../src/report/page/outline.ts';
import { mean, standardDeviation, summarise } from '../../src/report/statistics.ts';
import { COLUMNS, comparisonsCsv } from '../../src/report/study/comparisons.ts';
import { studySettings } from '../../src/report/study/settings.ts';

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
      const text = csvOf(rows.map(([a, b]) => ({ a, b })));
      expect(parseCsv(text).map(({ a, b }) => [a, b])).toEqual(rows);
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
  const lines = [{ name: 'a', look, points }];
  const chart = lineChart({ title: 't', xLabel: 'epoch', yLabel: 'PSNR', lines })!.text;
  const labels = [...chart.matchAll(/>(11\.6\d*)</g)].map(([, label]) => label);
  expect(labels.length).toBeGreaterThan(2);
  expect(new Set(labels).size).toBe(labels.length);
});

test('an arm’s line is the mean of its runs where all of them have got, between the lowest and the highest', () => {
  const curve = (...ys: number[]) => ys.map((y, i) => ({ x: i + 1, y }));
  expect(meanLine('a', [curve(1, 2, 9), curve(3, 8), curve(5, 2)])).toEqual({
    arm: 'a',
    points: [
      { x: 1, y: 3, low: 1, high: 5 },
      { x: 2, y: 4, low: 2, high: 8 },
    ],
  });
  expect(meanLine('a', [curve(1, 2)]).points).toEqual(curve(1, 2));
  expect(meanLine('a', []).points).toEqual([]);
});

test('a few arms share a chart, more get one each beside the baseline', () => {
  const arms = Array.from({ length: 7 }, (_, i) => `arm ${i}`);
  const chartOf = (count: number) => {
    const lines = arms.slice(0, count).map((arm, i) => ({
      arm,
      points: [1, 2, 3].map((x) => ({ x, y: x + i })),
    }));
    const spec = { title: 't', xLabel: 'epoch', yLabel: 'loss' };
    return parseHTML(armChart(spec, lines, { arms, baseline: 'arm 0' })!.text).document;
  };
  const linesIn = (chart: { querySelectorAll(selector: string): ArrayLike<unknown> }) =>
    chart.querySelectorAll('g[aria-label="line"] path').length;
  const [together, apart] = [chartOf(5), chartOf(7)];
  expect([...together.querySelectorAll('.chart')].map(linesIn)).toEqual([5]);
  expect([...apart.querySelectorAll('.chart')].map(linesIn)).toEqual([2, 2, 2, 2, 2, 2]);
  expect([...apart.querySelectorAll('.chart figcaption')].map((title) => title.textContent)).toEqual(
    arms.slice(1),
  );
});

test('the intervals of a table share a scale with zero on it', () => {
  const estimates = [
    { value: 0.02, low: -0.01, high: 0.05 },
    { value: 0.01, low: 0.005, high: 0.015 },
    { value: 0.03 },
  ];
  const scale = scaleOf(estimates);
  expect(scale.ticks.map((tick) => tick.toFixed(2))).toEqual(['0.00', '0.02', '0.04']);
  expect(scale.at(0.02) - scale.at(0)).toBeCloseTo(scale.at(0.04) - scale.at(0.02), 9);
  const marks = estimates.map((estimate) => intervalMark(scale, estimate, false).text);
  expect(marks.map((mark) => mark.includes(`M${scale.at(0).toFixed(1)},0`))).toEqual([true, true, true]);
  expect(marks.map((mark) => mark.includes('class="line"'))).toEqual([true, true, false]);
  expect(scaleOf([{ value: 0 }]).ticks).toContain(0);
});

test('any scale has zero and at most seven ticks, within the values, and no number that is not finite', () => {
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), (values) => {
      const { ticks, at, digits } = scaleOf(values.map((value) => ({ value })));
      const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
      expect(ticks.length).toBeLessThanOrEqual(7);
      const rounding = 1e-9 * (high - low);
      expect(ticks.every((tick) => tick >= low - rounding && tick <= high + rounding)).toBe(true);
      expect(ticks.some((tick) => Math.abs(tick) <= rounding)).toBe(true);
      expect([at(low), at(high), digits].every(Number.isFinite)).toBe(true);
    }),
  );
});

test('comparisons survive being written and read', () => {
  const row = { arm: 'a "b", c', difference: -0.25, p: 0.5, p_holm: 1, seeds: 2 };
  const rows = [
    { ...row, labels: '10%', metric: 'dice', low: -1, high: 0.5, images: 12, detectable: 1.5 },
    { ...row, metric: 'dice_over_labels' },
  ];
  expect(parseCsv(comparisonsCsv(rows))).toEqual(
    rows.map((row) =>
      Object.fromEntries(
        [...COLUMNS].map((column) => [column, `${(row as Record<string, unknown>)[column] ?? ''}`]),
      ),
    ),
  );
});

test('a study’s settings are read as far as they go', () => {
  expect(studySettings({ arms: { identity: {}, denoise: null }, seeds: 3 })).toMatchObject({
    arms: ['identity', 'denoise'],
    baseline: 'identity',
    budgets: ['all'],
    planned: 6,
  });
  const settings = studySettings({
    arms: { scratch: null, matched: { pretraining: 'identity', seeds: 10 } },
    seeds: 4,
    baseline: 'scratch',
    labels: '22x3,10%',
    primary: { arm: 'matched', metric: 'net_dice', labels: 22 },
  });
  expect(settings).toMatchObject({
    startOf: new Map([['matched', 'identity']]),
    budgets: ['22', '10%'],
    primary: { arm: 'matched', metric: 'net_dice', labels: '22' },
    planned: (4 + 10) * 4,
  });
  expect(studySettings({ arms: 7, labels: null })).toMatchObject({ arms: [], baseline: 'scratch' });
  expect(studySettings({}).planned).toBeUndefined();
});
