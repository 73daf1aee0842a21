import { type AuditKind, LABELS, type Label } from '../records/audit-result.ts';
import type { Figures } from './figures.ts';

/** What the label is decided by. */
export type Evidence = Pick<
  Figures,
  'explained' | 'leak' | 'depth_alone' | 'skip_silent' | 'skill' | 'copied' | 'noise' | 'over_readout'
>;

/** Where the rules draw their lines; see docs/audit.md for the networks that they are drawn between. */
export const LIMITS = {
  /** Less explained than this is nothing. */
  explained: 0.1,
  /** From this share on the skips carry the image, up to that the depth does. */
  skips: 0.8,
  depth: 0.5,
  /** A network that explains more than this whichever skip is silent can do without each. */
  silent: 0.5,
  /** A degraded input of which less of the error is taken away is passed on. */
  skill: 0.2,
  /** From this on an output depends on the very pixel of its input. */
  copied: 0.02,
} as const;

/** Each reason in words, its figure in it. */
interface Finding {
  readonly holds: boolean;
  readonly says: string;
}

/**
 * The label of an autoencoder or a segmentation network, and why.
 *
 * 0. Nothing is decided where the targets do not differ.
 * 1. It explains nothing where it is hardly better than the mean target.
 * 2. It reconstructs from depth, or relies on it, where the skips' share is at most a half.
 * 3. It copies through the skips, or relies on them, where their share is large, the bottleneck alone explains hardly anything, a skip is
 *    there without which the network explains little, a degraded input is not repaired, and a changed pixel of the input changes the same pixel of the output; the latter two as far as
 *    they were measured.
 * 4. Else it is mixed.
 *
 * White noise and the linear read-out of the first skip are told beside it: they say how literal a copy is.
 */
export function labelNetwork(
  kind: AuditKind,
  evidence: Evidence,
): { readonly label: Label; readonly because: string[] } {
  const labels = LABELS[kind];
  const { explained, leak } = evidence;
  if (explained === null) {
    return {
      label: labels.unknown,
      because: [
        'its targets do not differ, so that there is nothing to explain: audit it on other images, or on more',
      ],
    };
  }
  if (explained < LIMITS.explained || leak === null) {
    return {
      label: labels.nothing,
      because: [
        explained < 0
          ? `its error is ${(1 - explained).toFixed(2)} times that of the mean of all targets`
          : `it explains ${percent(explained)} of what differs between the targets`,
        ...(leak === null ? ['its error is the same with all paths at their means'] : []),
      ],
    };
  }
  const share = `the skips carry ${percent(leak)} of what it explains`;
  if (leak <= LIMITS.depth) {
    const says = evidence.skip_silent === null ? 'it has no skip connections' : share;
    return { label: labels.depth, because: [says] };
  }
  const findings = [{ holds: leak >= LIMITS.skips, says: share }, ...findingsOf(evidence)];
  const copies = findings.every(({ holds }) => holds);
  return {
    label: copies ? labels.skips : labels.mixed,
    because: [...findings.map(({ says }) => says), ...notesOf(evidence)],
  };
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
const orLittle = (share: number) => (share < LIMITS.explained ? 'next to nothing' : percent(share));

/** What speaks for a copy, or against it, beside the skips' share. */
function findingsOf({ depth_alone: alone, skip_silent: silent, skill, copied }: Evidence): Finding[] {
  return [
    ...optional(alone, (value) => ({
      holds: value < LIMITS.explained,
      says: `its bottleneck alone explains ${orLittle(value)}`,
    })),
    ...optional(silent, (value) => ({
      holds: value < LIMITS.silent,
      says: `with the skip silent that it needs most it explains ${orLittle(value)}`,
    })),
    ...optional(skill, (value) => ({
      holds: value < LIMITS.skill,
      says: `it takes away ${percent(value)} of the error of its degraded input`,
    })),
    ...optional(copied, (value) => ({
      holds: value >= LIMITS.copied,
      says: `of a changed pixel in its input ${percent(value)} are found in its output`,
    })),
  ];
}

/** How literal a copy is. */
function notesOf({ noise, over_readout: gain }: Evidence): string[] {
  return [
    ...optional(noise && reproduced(noise), (value) =>
      value > 0
        ? `it reproduces ${percent(value)} of white noise, which it was never trained on`
        : 'it does not reproduce white noise: it is no literal copy of whatever is shown',
    ),
    ...optional(
      gain,
      (value) =>
        `it is ${Math.abs(value).toFixed(1)} dB ${value >= 0 ? 'better' : 'worse'} than a linear read-out of the first skip`,
    ),
  ];
}

function optional<T>(value: number | null, finding: (value: number) => T): T[] {
  return value === null ? [] : [finding(value)];
}

/** Of a number drawn evenly from [0, 1]. */
const UNIFORM_VARIANCE = 1 / 12;

/** The part of white noise's variance that an output with this PSNR has right. */
const reproduced = (psnr: number) => 1 - 10 ** (-psnr / 10) / UNIFORM_VARIANCE;
