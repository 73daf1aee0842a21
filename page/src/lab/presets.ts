/** Gates that say something, by the number of paths; the bottleneck is the last. */
interface Preset {
  readonly title: string;
  readonly gates: readonly number[];
}

const filled = (count: number, value: (i: number) => number) =>
  Array.from({ length: count }, (_, i) => value(i));

/** @param paths `skip1`, .., `bottleneck` */
export function presetsOf(paths: readonly string[]): readonly Preset[] {
  const last = paths.length - 1;
  return [
    { title: 'All', gates: filled(paths.length, () => 1) },
    { title: 'Only the bottleneck', gates: filled(paths.length, (i) => Number(i === last)) },
    ...paths.map((path, off) => ({
      title: `Without ${titleOf(path)}`,
      gates: filled(paths.length, (i) => Number(i !== off)),
    })),
  ];
}

/** `skip1` as it is told: `skip 1`. */
export const titleOf = (path: string): string => path.replace(/(\d+)$/, ' $1');
