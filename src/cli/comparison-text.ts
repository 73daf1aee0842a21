import type { Benchmark } from '../index.ts';
import { alignedTable } from './tables.ts';

type Comparison = NonNullable<Benchmark['compare']>;

/** Both sides' figures, within 100 columns. */
export function comparisonText(comparison: Comparison): string {
  const { peer, rounds } = comparison;
  const name = peer.split(' ', 1)[0];
  const row = (title: string, { ours, peer: theirs, ratio }: Comparison['infer_ms']) => [
    title,
    ...[ours.median, theirs.median].map((value) => value.toFixed(1)),
    ratio.toFixed(2),
    ...[ours.min, theirs.min].map((value) => value.toFixed(1)),
  ];
  return [
    `compared with ${peer}, rounds: ${rounds}`,
    `ratio: for times ${name} / fewmask, for memory fewmask / ${name}`,
    alignedTable([
      ['medians', 'fewmask', name, 'ratio', 'minimum: fewmask', name],
      row('training step (ms)', comparison.train_step_ms),
      row('encoder (ms)', comparison.encoder_ms),
      row('prediction (ms)', comparison.infer_ms),
      row('peak memory (MiB)', comparison.peak_rss_mb),
    ]),
  ].join('\n');
}
