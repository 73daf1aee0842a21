import * as Plot from '@observablehq/plot';
import type { Html } from '../page/html.ts';
import { type Common, draw, figure, plain } from './drawing.ts';
import type { Look } from './palette.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
  /** How far the values reach of which `y` is the mean. */
  readonly low?: number;
  readonly high?: number;
}

export interface Line {
  readonly name: string;
  readonly look: Look;
  readonly points: readonly Point[];
  /** Where symbols stand, if not at its last point, or at all points of an axis with given ticks. */
  readonly dots?: readonly Point[];
}

export interface LineChart extends Common {
  readonly yLabel: string;
  readonly lines: readonly Line[];
  /** Positive values that span more than one and a half decades get a logarithmic axis unless this is false. */
  readonly mayBeLog?: boolean;
  /** A vertical rule, for example at the best epoch. */
  readonly rule?: { readonly x: number; readonly text: string };
  /** Whether x has whole numbers only, as epochs and steps. */
  readonly wholeX?: boolean;
  /** These numbers alone, on a logarithmic axis. */
  readonly xTicks?: readonly number[];
  readonly xDomain?: readonly [number, number];
  readonly yDomain?: readonly [number, number];
  /** How low and high are drawn; default a band. */
  readonly spread?: 'band' | 'bars';
  /** Values hold until the next one. */
  readonly steps?: boolean;
  /** One of several small charts that share their axes: those that all these lines need. */
  readonly small?: { readonly axesOf: readonly Line[] };
}

const smallSize = {
  width: 260,
  height: 170,
  marginLeft: 44,
  marginRight: 12,
  marginTop: 10,
  marginBottom: 24,
};

/** Lines over epochs or steps as a figure with title, chart and legend; undefined if there is nothing to draw. */
export function lineChart(spec: LineChart): Html | undefined {
  const { small } = spec;
  const lines = spec.lines.filter(({ points }) => points.length > 0);
  if (lines.length === 0) return undefined;
  const spanned = (small?.axesOf ?? lines).flatMap(({ points }) => points);
  const values = spanned.flatMap(({ y, low = y, high = y }) => [y, low, high]);
  const log =
    spec.mayBeLog !== false && Math.min(...values) > 0 && Math.max(...values) > 30 * Math.min(...values);
  const ticks = log ? logTicks(values) : undefined;
  const wanted = small ? 3 : 6;
  const svg = draw(spec.title, {
    ...(small && smallSize),
    x: {
      label: small ? null : spec.xLabel,
      type: spec.xTicks ? 'log' : 'linear',
      // Of base 10 some of the given ticks would have no number.
      ...(spec.xTicks && { base: 2 }),
      domain: spec.xDomain ?? (small && extent(spanned.map(({ x }) => x))),
      ticks: spec.xTicks ? [...spec.xTicks] : wanted,
      tickFormat: spec.wholeX === false ? plain : wholeOnly,
      ...(small && { tickSize: 0 }),
    },
    y: {
      label: small ? null : spec.yLabel + (log ? ' (log scale)' : ''),
      type: log ? 'log' : 'linear',
      domain: ticks ? [ticks[0], ticks[ticks.length - 1]] : (spec.yDomain ?? (small && extent(values))),
      nice: !spec.yDomain && !ticks,
      grid: true,
      ticks: ticks ? (small ? sparse(ticks) : ticks) : wanted,
      tickFormat: plain,
      ...(small && { tickSize: 0 }),
    },
    marks: [
      spec.rule && Plot.ruleX([spec.rule.x], { strokeDasharray: '3,3', strokeOpacity: 0.6 }),
      ...lines.map((line) => spreadOf(line, spec.spread)),
      ...lines.map(({ points, look }) =>
        Plot.line(points, {
          x: 'x',
          y: 'y',
          stroke: look.colour,
          strokeWidth: small ? 1.75 : 2.25,
          curve: spec.steps ? 'step-after' : 'linear',
        }),
      ),
      ...(small
        ? []
        : lines.map(({ points, look, dots = spec.xTicks ? points : points.slice(-1) }) =>
            symbolAt(dots, look),
          )),
    ],
  });
  const note = [spec.rule && `Dashed: ${spec.rule.text}. `, spec.note];
  return figure(spec, svg, lines, spec.rule || spec.note ? note : undefined);
}

/** Of points with a low and a high end. */
function spreadOf({ points, look }: Line, form: LineChart['spread'] = 'band') {
  const spread = points.filter(({ low, high }) => low !== undefined && high !== undefined);
  if (spread.length === 0) return undefined;
  const ends = { x: 'x', y1: 'low', y2: 'high' };
  return form === 'band'
    ? Plot.areaY(spread, { ...ends, fill: look.colour, fillOpacity: 0.16 })
    : Plot.ruleX(spread, { ...ends, stroke: look.colour, strokeWidth: 1.5, strokeOpacity: 0.6 });
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

const extent = (values: readonly number[]): [number, number] => [Math.min(...values), Math.max(...values)];

/** 1, 2 and 5 times powers of ten (powers of ten alone over more than three decades) that just enclose the values. */
function logTicks(values: readonly number[]): number[] {
  const [min, max] = extent(values);
  const [low, high] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max))];
  const steps = high - low > 3 ? [1] : [1, 2, 5];
  const decades = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  // Number() of the text, because 5 * 10 ** -2 is not 0.05.
  const ticks = decades.flatMap((decade) => steps.map((step) => Number(`${step}e${decade}`)));
  const first = ticks.findLastIndex((tick) => tick <= min);
  const last = ticks.findIndex((tick) => tick >= max);
  return ticks.slice(Math.max(0, first), last < 0 ? ticks.length : last + 1);
}

/** About three of them. */
const sparse = (ticks: readonly number[]): number[] =>
  ticks.filter((_, i) => i % Math.ceil(ticks.length / 3) === 0);

function wholeOnly(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-GB') : '';
}
