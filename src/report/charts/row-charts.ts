import * as Plot from '@observablehq/plot';
import type { Html } from '../page/html.ts';
import { type Common, draw, figure, plain } from './drawing.ts';
import type { Look } from './palette.ts';

export interface DotChart extends Omit<Common, 'legend'> {
  readonly rows: readonly {
    readonly name: string;
    readonly look: Look;
    readonly bySeed: ReadonlyMap<string, number>;
    readonly mean: number;
  }[];
  readonly xDomain?: readonly [number, number];
}

/** Lines between more rows than these would hide them. */
const MOST_JOINED = 5;

/** One row for each arm: a dot for each seed, a bar at their mean; of few rows grey lines join what shares a seed. */
export function dotChart(spec: DotChart): Html | undefined {
  const { rows } = spec;
  if (rows.length === 0) return undefined;
  const joined = rows.length <= MOST_JOINED;
  const points = rows.flatMap(({ name, look, bySeed }) =>
    [...bySeed].map(([seed, x]) => ({ x, y: name, seed, colour: look.colour })),
  );
  const svg = draw(spec.title, {
    height: 84 + 30 * rows.length,
    marginTop: 8,
    marginLeft: roomFor(rows, 170),
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
      Plot.line(joined ? points : [], {
        x: 'x',
        y: 'y',
        z: 'seed',
        stroke: 'var(--quiet)',
        strokeWidth: 1,
        strokeOpacity: 0.5,
      }),
      Plot.dot(points, {
        ...{ x: 'x', y: 'y', r: 4 },
        fill: ({ colour }) => colour,
        fillOpacity: 0.75,
      }),
      Plot.ruleX(rows, {
        ...{ x: 'mean', y1: 'name', y2: 'name' },
        insetTop: -11,
        insetBottom: -11,
        stroke: 'var(--text)',
        strokeWidth: 2,
      }),
    ],
    color: { type: 'identity' },
  });
  const note = `A dot for each seed, a bar at their mean${joined ? '; grey lines join the runs of one seed' : ''}.`;
  return figure({ ...spec, legend: false }, svg, rows, [note, spec.note && ' ', spec.note]);
}

export interface StackChart extends Common {
  /** Of each bar the same parts, in the same order. */
  readonly bars: readonly { readonly name: string; readonly parts: readonly number[] }[];
  readonly parts: readonly { readonly name: string; readonly look: Look }[];
}

/** A bar for each row, made of its parts; negative parts go to the left. */
export function stackChart(spec: StackChart): Html | undefined {
  const { bars, parts } = spec;
  if (bars.length === 0) return undefined;
  const pieces = bars.flatMap(({ name, parts: values }) => values.map((x, part) => ({ name, x, part })));
  const svg = draw(spec.title, {
    height: 58 + 26 * bars.length,
    marginTop: 8,
    marginLeft: roomFor(bars, 200),
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

/** For the names of rows, in pixels. */
const roomFor = (rows: readonly { readonly name: string }[], most: number): number =>
  Math.min(most, 24 + 7.5 * Math.max(...rows.map(({ name }) => name.length)));
