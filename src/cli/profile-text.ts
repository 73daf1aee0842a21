import type { Benchmark } from '../index.ts';
import { alignedTable } from './tables.ts';

type Profile = NonNullable<Benchmark['profile']>;

/** The figures beside it fit into 100 columns. */
const WIDEST_NAME = 78;

/** The tables of a profile, within 100 columns. */
export function profileText(profile: Profile): string {
  const { layers, operators, convolutions, slowest } = profile;
  const row = (name: string, time: number) => [name, ms(time)];
  return [
    alignedTable([
      row(`training step under the profiler (ms, ${profile.runs} runs)`, profile.step_ms),
      row('  its nodes', profile.nodes_ms),
      row('  between the nodes', profile.between_ms),
    ]),
    alignedTable([
      ['layer', 'forward (ms)', 'backward (ms)', 'GFLOP', 'GFLOP/s'],
      ...layers.map((row) => [row.layer, ms(row.forward_ms), ms(row.backward_ms), ...work(row)]),
    ]),
    `convolutions and matrix products: ${ms(convolutions.ms)} ms, ${work(convolutions).join(' GFLOP, ')} GFLOP/s`,
    alignedTable([
      ['operator', 'nodes', 'ms', 'share'],
      ...operators.map((row) => [
        row.operator,
        `${row.count}`,
        ms(row.ms),
        `${(100 * row.share).toFixed(1)} %`,
      ]),
    ]),
    alignedTable([
      ['slowest nodes', 'ms', 'GFLOP/s'],
      ...slowest.flatMap((row) => [
        [shortened(row.node), ms(row.ms), work(row)[1]],
        [shortened(`  ${row.operator} ${shapes(row.inputs)} -> ${shapes(row.outputs)}`), '', ''],
      ]),
    ]),
  ]
    .join('\n\n')
    .replace(/ +$/gm, '');
}

const ms = (time: number) => time.toFixed(2);

const work = ({ gflop = 0, gflop_per_s: rate }: { gflop?: number; gflop_per_s?: number }) => [
  gflop > 0 ? gflop.toFixed(3) : '-',
  rate === undefined ? '-' : rate.toFixed(1),
];

const shapes = (list: readonly (readonly number[])[]) =>
  list.map((shape) => shape.join('x') || 'scalar').join(', ');

const shortened = (text: string) =>
  text.length > WIDEST_NAME ? `${text.slice(0, WIDEST_NAME - 2)}..` : text;
