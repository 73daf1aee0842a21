import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { significant } from './format.ts';
import { type Content, type Html, html, trusted } from './html.ts';
import { key, type Look } from './palette.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly name: string;
  readonly look: Look;
  /** Thin lines are single seeds and stand behind; thick ones are means and carry the symbol. */
  readonly weight: 'thin' | 'thick';
  readonly points: readonly Point[];
}

interface Common {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Off where the title says what the only line is. */
  readonly legend?: boolean;
  /** One plain sentence under the chart. */
  readonly note?: Content;
}

export interface LineChart extends Common {
  readonly lines: readonly Line[];
  /** Positive values that span more than one and a half decades get a logarithmic axis unless this is false. */
  readonly mayBeLog?: boolean;
  /** A vertical rule, for example at the best epoch. */
  readonly rule?: { readonly x: number; readonly text: string };
  /** Epochs and steps are whole numbers; other things are not. */
  readonly wholeX?: boolean;
  readonly xDomain?: readonly [number, number];
  readonly yDomain?: readonly [number, number];
}

const size = { width: 400, height: 270, marginLeft: 56, marginRight: 16, marginTop: 34, marginBottom: 42 };

/** Lines over epochs or steps as a figure with title, chart and legend; undefined if there is nothing to draw. */
export function lineChart(spec: LineChart): Html | undefined {
  const lines = spec.lines.filter(({ points }) => points.length > 0);
  if (lines.length === 0) return undefined;
  const values = lines.flatMap(({ points }) => points.map(({ y }) => y));
  const log =
    spec.mayBeLog !== false && Math.min(...values) > 0 && Math.max(...values) > 30 * Math.min(...values);
  const ticks = log ? logTicks(values) : undefined;
  const lasts = lines.filter(({ weight }) => weight === 'thick');
  const svg = draw(spec.title, {
    x: {
      label: spec.xLabel,
      domain: spec.xDomain,
      ticks: 6,
      tickFormat: spec.wholeX === false ? plain : wholeOnly,
    },
    y: {
      label: spec.yLabel + (log ? ' (log scale)' : ''),
      type: log ? 'log' : 'linear',
      domain: ticks ? [ticks[0], ticks[ticks.length - 1]] : spec.yDomain,
      nice: !spec.yDomain && !ticks,
      grid: true,
      ticks: ticks ?? 6,
      tickFormat: plain,
    },
    marks: [
      spec.rule && Plot.ruleX([spec.rule.x], { strokeDasharray: '3,3', strokeOpacity: 0.6 }),
      ...['thin', 'thick'].flatMap((weight) =>
        lines
          .filter((line) => line.weight === weight)
          .map(({ points, look }) =>
            Plot.line(points, {
              x: 'x',
              y: 'y',
              stroke: look.colour,
              strokeWidth: weight === 'thin' ? 1 : 2.25,
              strokeOpacity: weight === 'thin' ? 0.45 : 1,
            }),
          ),
      ),
      ...lasts.map(({ points, look }) => symbolAt(points.slice(-1), look)),
    ],
  });
  const note = [spec.rule && `Dashed: ${spec.rule.text}. `, spec.note];
  return figure(spec, svg, lines, spec.rule || spec.note ? note : undefined);
}

export interface DotChart extends Omit<Common, 'yLabel'> {
  readonly rows: readonly {
    readonly name: string;
    readonly look: Look;
    readonly bySeed: ReadonlyMap<number, number>;
    readonly mean: number;
  }[];
  readonly xDomain?: readonly [number, number];
}

/** One row for each arm: a symbol for each seed, a bar at their mean, and grey lines that join what shares a seed. */
export function dotChart(spec: DotChart): Html | undefined {
  const { rows } = spec;
  if (rows.length === 0) return undefined;
  const longest = Math.max(...rows.map(({ name }) => name.length));
  const points = rows.flatMap(({ name, bySeed }) => [...bySeed].map(([seed, x]) => ({ x, y: name, seed })));
  const svg = draw(spec.title, {
    height: Math.max(size.height, 84 + 48 * rows.length),
    marginLeft: Math.min(170, 24 + 8 * longest),
    x: {
      label: spec.xLabel,
      domain: spec.xDomain,
      nice: !spec.xDomain,
      grid: true,
      ticks: 5,
      tickFormat: plain,
    },
    y: { type: 'point', domain: rows.map(({ name }) => name), label: null, tickSize: 0, padding: 0.6 },
    marks: [
      Plot.line(points, {
        x: 'x',
        y: 'y',
        z: 'seed',
        stroke: 'var(--quiet)',
        strokeWidth: 1,
        strokeOpacity: 0.6,
      }),
      ...rows.flatMap(({ name, look, mean }) => [
        Plot.ruleX([{ x: mean, y: name }], {
          x: 'x',
          y1: 'y',
          y2: 'y',
          insetTop: -15,
          insetBottom: -15,
          stroke: look.colour,
          strokeWidth: 3,
        }),
        Plot.dot(
          points.filter(({ y }) => y === name),
          { x: 'x', y: 'y', symbol: look.symbol, r: 5, fill: look.colour, stroke: 'var(--page)' },
        ),
      ]),
    ],
  });
  return figure(spec, svg, rows, spec.note);
}

export interface StackChart extends Omit<Common, 'yLabel'> {
  /** Of each bar the same parts, in the same order. */
  readonly bars: readonly { readonly name: string; readonly parts: readonly number[] }[];
  readonly parts: readonly { readonly name: string; readonly look: Look }[];
}

/** A bar for each row, made of its parts; negative parts go to the left. */
export function stackChart(spec: StackChart): Html | undefined {
  const { bars, parts } = spec;
  if (bars.length === 0) return undefined;
  const longest = Math.max(...bars.map(({ name }) => name.length));
  const pieces = bars.flatMap(({ name, parts: values }) => values.map((x, part) => ({ name, x, part })));
  const svg = draw(spec.title, {
    height: 84 + 26 * bars.length,
    marginLeft: Math.min(200, 24 + 7 * longest),
    x: { label: spec.xLabel, grid: true, ticks: 5, tickFormat: '.0%' },
    y: { type: 'band', domain: bars.map(({ name }) => name), label: null, tickSize: 0, padding: 0.25 },
    color: { type: 'identity' },
    marks: [
      Plot.barX(pieces, { x: 'x', y: 'name', fill: ({ part }) => parts[part].look.colour }),
      Plot.ruleX([0]),
    ],
  });
  return figure(spec, svg, parts, spec.note);
}

function symbolAt(points: readonly Point[], look: Look) {
  const filled = look.symbol !== 'times';
  return Plot.dot(points, {
    x: 'x',
    y: 'y',
    symbol: look.symbol,
    r: 4,
    fill: filled ? look.colour : 'none',
    stroke: filled ? 'none' : look.colour,
  });
}

function draw(title: string, options: Plot.PlotOptions): Html {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const drawing: { outerHTML: string } = Plot.plot({
    document,
    ...size,
    ariaLabel: title,
    ...options,
  });
  // Plot's own option for the font needs more of a document than there is here.
  return trusted(
    drawing.outerHTML.replace('<svg ', '<svg role="img" ').replace('font-size="10"', 'font-size="13"'),
  );
}

function figure(
  spec: Omit<Common, 'yLabel'>,
  svg: Html,
  series: readonly { name: string; look: Look }[],
  note: Content,
): Html {
  const keys = new Map(series.map(({ name, look }) => [name, key(name, look)]));
  return html`<figure class="chart"><figcaption>${spec.title}</figcaption>${svg}
${spec.legend !== false && html`<p class="legend">${[...keys.values()]}</p>`}${note && html`<p class="note">${note}</p>`}</figure>`;
}

/** 1, 2 and 5 times powers of ten (powers of ten alone over more than three decades) that just enclose the values. */
function logTicks(values: readonly number[]): number[] {
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const [low, high] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max))];
  const steps = high - low > 3 ? [1] : [1, 2, 5];
  const decades = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  // Number() of the text, because 5 * 10 ** -2 is not 0.05.
  const ticks = decades.flatMap((decade) => steps.map((step) => Number(`${step}e${decade}`)));
  const first = ticks.findLastIndex((tick) => tick <= min);
  const last = ticks.findIndex((tick) => tick >= max);
  return ticks.slice(Math.max(0, first), last < 0 ? ticks.length : last + 1);
}

/** More digits than other numbers have, so that the ticks of a narrow range differ. */
const plain = (value: number): string => significant(value, 6);

function wholeOnly(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-GB') : '';
}
