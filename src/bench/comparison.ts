import { median } from './median.ts';

/** The figures that fewmask and a peer both have: ms a batch, MiB. */
export const FIGURES = ['train_step_ms', 'encoder_ms', 'infer_ms', 'peak_rss_mb'] as const;
export type FigureName = (typeof FIGURES)[number];

/** What one side found in one round. */
export type Figures = Readonly<Record<FigureName, number>>;

/** Of the rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
}

/** One figure of both sides. */
export interface Compared {
  readonly ours: Spread;
  readonly peer: Spread;
  /** Of the medians: of times peer / ours, how many times as fast ours is; of memory ours / peer. */
  readonly ratio: number;
}

/** What came of measuring fewmask and a peer in turn. */
export interface Comparison extends Readonly<Record<FigureName, Compared>> {
  /** Name and version. */
  readonly peer: string;
  readonly rounds: number;
  /** Trainable numbers of the peer's network. */
  readonly params: number;
}

/** @param rounds what each side found, round by round, at least one */
export function compared(
  rounds: readonly { readonly ours: Figures; readonly peer: Figures }[],
): Readonly<Record<FigureName, Compared>> {
  const spread = (values: readonly number[]) => ({ median: median(values), min: Math.min(...values) });
  const entry = (name: FigureName): Compared => {
    const ours = spread(rounds.map((round) => round.ours[name]));
    const peer = spread(rounds.map((round) => round.peer[name]));
    const ratio = name === 'peak_rss_mb' ? ours.median / peer.median : peer.median / ours.median;
    return { ours, peer, ratio };
  };
  return Object.fromEntries(FIGURES.map((name) => [name, entry(name)])) as Record<FigureName, Compared>;
}
