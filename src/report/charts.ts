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
  /** One plain sentence under the chart. */
  readonly note?: Content;
}

export interface LineChart extends Common {
  readonly lines: readonly Line[];
  /** Positive values that span more than one and a half decades get a logarithmic axis unless this is false. */
  readonly mayBeLog?: boolean;
  /** A vertical rule, for example at the best epoch. */
  readonly rule?: { readonly x: number; readonly text: string };
  readonly xDomain?: readonly [number, number];
  readonly yDomain?: readonly [number, number];
}

const size = { width: 440, height: 290, marginLeft: 58, marginRight: 16, marginTop: 34, marginBottom: 42 };
const style = { fontSize: 13 } as const;

/** Lines over epochs or steps as a figure with title, chart and legend; undefined if there is nothing to draw. */
export function lineChart(spec: LineChart): Html | undefined {
  const lines = spec.lines.filter(({ points }) => points.length > 0);
  if (lines.length === 0) return undefined;
  const values = lines.flatMap(({ points }) => points.map(({ y }) => y));
  const log =
    spec.mayBeLog !== false && Math.min(...values) > 0 && Math.max(...values) > 30 * Math.min(...values);
  const lasts = lines.filter(({ weight }) => weight === 'thick');
  const svg = draw(spec.title, {
    x: { label: spec.xLabel, domain: spec.xDomain, ticks: 6, tickFormat: wholeOnly },
    y: {
      label: spec.yLabel + (log ? ' (log scale)' : ''),
      type: log ? 'log' : 'linear',
      domain: spec.yDomain,
      nice: !spec.yDomain,
      grid: true,
      ticks: 6,
      tickFormat: log ? oneTwoFive : (value: number) => significant(value),
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
    readonly values: readonly number[];
    readonly mean: number;
  }[];
  readonly xDomain?: readonly [number, number];
}

/** One row for each arm: a symbol for each seed and a bar at their mean. */
export function dotChart(spec: DotChart): Html | undefined {
  const rows = spec.rows.filter(({ values }) => values.length > 0);
  if (rows.length === 0) return undefined;
  const longest = Math.max(...rows.map(({ name }) => name.length));
  const svg = draw(spec.title, {
    height: 84 + 44 * rows.length,
    marginLeft: Math.min(170, 24 + 8 * longest),
    x: {
      label: spec.xLabel,
      domain: spec.xDomain,
      nice: !spec.xDomain,
      grid: true,
      ticks: 5,
      tickFormat: (value: number) => significant(value),
    },
    y: { type: 'band', domain: rows.map(({ name }) => name), label: null, tickSize: 0 },
    marks: rows.flatMap(({ name, look, values, mean }) => [
      Plot.tickX([{ x: mean, y: name }], { x: 'x', y: 'y', stroke: look.colour, strokeWidth: 3, inset: 6 }),
      Plot.dot(
        values.map((x) => ({ x, y: name })),
        {
          x: 'x',
          y: 'y',
          symbol: look.symbol,
          r: 5,
          stroke: look.colour,
          strokeWidth: 1.5,
          fill: look.colour,
          fillOpacity: 0.35,
        },
      ),
    ]),
  });
  return figure(spec, svg, rows, spec.note);
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
    style,
    ariaLabel: title,
    ...options,
  });
  return trusted(drawing.outerHTML.replace('<svg ', '<svg role="img" '));
}

function figure(
  spec: Common | DotChart,
  svg: Html,
  series: readonly { name: string; look: Look }[],
  note: Content,
): Html {
  const keys = new Map(series.map(({ name, look }) => [name, key(name, look)]));
  return html`<figure class="chart"><figcaption>${spec.title}</figcaption>${svg}
<p class="legend">${[...keys.values()]}</p>${note && html`<p class="note">${note}</p>`}</figure>`;
}

/** Log axes are labelled at 1, 2 and 5 only, so that labels do not run into each other. */
function oneTwoFive(value: number): string {
  const mantissa = Number(value.toExponential().split('e')[0]);
  return [1, 2, 5].includes(mantissa) ? significant(value) : '';
}

function wholeOnly(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-GB') : '';
}
