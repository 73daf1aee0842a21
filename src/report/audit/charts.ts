import { figuresOf } from '../../audit/figures.ts';
import { PATHS } from '../../audit/paths.ts';
import type { ReferenceNetwork } from '../../audit/references.ts';
import type { AuditResult } from '../../audit/result.ts';
import { lineChart } from '../charts/charts.ts';
import { lookOf } from '../charts/palette.ts';
import { stackChart } from '../charts/row-charts.ts';
import type { Html } from '../page/html.ts';

const parts = PATHS.map(({ name, stride }, path) => ({
  name: `${name} (1/${stride})`,
  look: lookOf(path + 1),
}));

/** The paths' shares in a network, and in those it is told beside; those without shares are left out. */
export function sharesChart(
  result: AuditResult | undefined,
  references: readonly ReferenceNetwork[],
): Html | undefined {
  const own = result ? [{ name: 'this network', figures: figuresOf(result, result.verdict.leak) }] : [];
  return stackChart({
    title: 'Shapley shares of the five paths',
    xLabel: 'share of what the network explains',
    bars: [...own, ...references].flatMap(({ name, figures }) => {
      const { skip1, skip2, skip3, skip4, bottleneck } = figures;
      return skip1 === null ? [] : [{ name, parts: [skip1, skip2!, skip3!, skip4!, bottleneck!] }];
    }),
    parts,
  });
}

/** The error by spatial frequency, whole and with each path at its mean. */
export function bandsChart({ bands }: AuditResult, title = 'Error by spatial frequency'): Html | undefined {
  const line = (name: string, index: number, value: (band: AuditResult['bands'][number]) => number) => ({
    name,
    look: lookOf(index),
    points: bands.map((band, x) => ({ x, y: value(band) })),
  });
  return lineChart({
    title,
    xLabel: 'band, from coarse to fine',
    yLabel: 'MSE in the band',
    lines: [
      line('all paths', 0, ({ mse }) => mse),
      ...PATHS.map(({ name }, path) => line(`without ${name}`, path + 1, ({ without }) => without[name])),
    ],
  });
}
