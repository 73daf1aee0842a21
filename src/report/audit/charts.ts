import type { PathShare } from '../../audit/figures.ts';
import type { Path } from '../../audit/paths.ts';
import type { AuditResult } from '../../records/audit-result.ts';
import { lineChart } from '../charts/charts.ts';
import { lookOf } from '../charts/palette.ts';
import { stackChart } from '../charts/row-charts.ts';
import type { Html } from '../page/html.ts';

/** A path as reports name it. */
export const pathTitle = ({ name, stride }: Path): string => `${name} (1/${stride})`;

/** What the paths of one network, or the mean of several, carry. */
export interface NetworkShares {
  readonly name: string;
  readonly paths: readonly PathShare[];
}

/** The paths' shares: a chart for all networks that have the same paths. Networks without shares are left out. */
export function sharesCharts(networks: readonly NetworkShares[]): Html[] {
  const groups = new Map<string, NetworkShares[]>();
  for (const network of networks) {
    if (network.paths.some(({ shapley }) => shapley === null)) continue;
    const key = network.paths.map(pathTitle).join();
    groups.set(key, [...(groups.get(key) ?? []), network]);
  }
  return [...groups.values()].flatMap((group) => {
    const [{ paths }] = group;
    const chart = stackChart({
      title:
        paths.length === 1 ? 'Shapley share of the only path' : `Shapley shares of the ${paths.length} paths`,
      xLabel: 'share of what the network explains',
      bars: group.map(({ name, paths: own }) => ({ name, parts: own.map(({ shapley }) => shapley!) })),
      parts: paths.map((path, i) => ({ name: pathTitle(path), look: lookOf(i + 1) })),
    });
    return chart ?? [];
  });
}

/** The error by spatial frequency, whole and with each path at its mean. */
export function bandsChart(
  { bands, paths }: Pick<AuditResult, 'bands' | 'paths'>,
  title = 'Error by spatial frequency',
): Html | undefined {
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
      ...paths.map(({ name }, path) => line(`without ${name}`, path + 1, ({ without }) => without[name])),
    ],
  });
}
