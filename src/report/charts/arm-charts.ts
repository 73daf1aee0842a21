import { mean } from '../../core/mean.ts';
import { type Html, html } from '../page/html.ts';
import { type Line, type LineChart, lineChart, type Point } from './charts.ts';
import { legend } from './drawing.ts';
import { type Look, lookOf } from './palette.ts';

/** Up to so many arms share a chart. */
export const MOST_TOGETHER = 5;
/** Points of a line in a small chart; more could not be distinguished. */
const MOST_POINTS = 50;

/** One arm's line. */
export interface ArmLine {
  readonly arm: string;
  readonly points: readonly Point[];
  readonly dots?: readonly Point[];
}

/** Whose places in the list decide how their lines look; the first is the baseline, if it is there. */
export interface Arms {
  readonly arms: readonly string[];
  readonly baseline: string;
}

const BASELINE: Look = { colour: 'var(--quiet)', symbol: 'circle' };
const OWN: Look = { colour: 'var(--series-1)', symbol: 'circle' };

/** Lines of a few arms in one chart; of many each in a small chart of its own, on the same axes, the baseline behind it. */
export function armChart(
  spec: Omit<LineChart, 'lines' | 'small' | 'legend'>,
  drawn: readonly ArmLine[],
  { arms, baseline }: Arms,
): Html | undefined {
  const lines = drawn.filter(({ points }) => points.length > 0);
  if (lines.length <= MOST_TOGETHER) {
    return lineChart({
      ...spec,
      lines: lines.map(({ arm, ...line }) => ({ name: arm, look: lookOf(arms.indexOf(arm)), ...line })),
    });
  }
  const few = lines.map(({ arm, points }) => ({ arm, points: spec.steps ? points : thinned(points) }));
  const theirs = few.find(({ arm }) => arm === baseline);
  const behind: Line[] = theirs ? [{ name: baseline, look: BASELINE, points: theirs.points.map(bare) }] : [];
  const others = few
    .filter(({ arm }) => arm !== baseline)
    .map(({ arm, points }): Line => ({ name: arm, look: OWN, points }));
  const { note, title, ...axes } = spec;
  const charts = others.map((own) =>
    lineChart({
      ...axes,
      title: own.name,
      legend: false,
      lines: [...behind, own],
      small: { axesOf: [...behind, ...others] },
    }),
  );
  return html`<figure class="panels"><figcaption>${title} <small>${spec.yLabel} by ${spec.xLabel}; the same axes everywhere</small></figcaption>
${behind.length > 0 && legend([{ name: 'the arm', look: OWN }, ...behind])}
<div class="panel-grid">${charts}</div>${note && html`<p class="note">${note}</p>`}</figure>`;
}

/** Every so many points, and the last. */
function thinned(points: readonly Point[]): Point[] {
  const every = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, i) => i % every === 0 || i === points.length - 1);
}

const bare = ({ x, y }: Point): Point => ({ x, y });

/** The mean of several curves, with the lowest and the highest of them, at the x that all have. */
export function meanLine(arm: string, curves: readonly (readonly Point[])[]): ArmLine {
  const values = new Map<number, number[]>();
  for (const { x, y } of curves.flat()) values.set(x, [...(values.get(x) ?? []), y]);
  const shared = [...values].filter(([, ys]) => ys.length === curves.length).sort(([a], [b]) => a - b);
  return {
    arm,
    points: shared.map(([x, ys]) => ({
      x,
      y: mean(ys),
      ...(ys.length > 1 && { low: Math.min(...ys), high: Math.max(...ys) }),
    })),
  };
}
