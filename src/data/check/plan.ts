import { UserError } from '../../core/errors.ts';
import { type Clustering, clusterLookup } from '../duplicates/clusters.ts';
import { joined } from '../duplicates/together.ts';
import type { DataFolder, ListName, Sample } from '../folders/folder.node.ts';
import { shortageOf } from '../folders/shortage.ts';
import { keeping, type Splits, splitSamples } from '../folders/split.ts';
import type { SampleFacts } from './facts.node.ts';

/** How many usable images would do what. */
export interface SplitPlan {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  /** Images to pretrain on, masks unread; in a folder without masks some of them would validate. */
  readonly pretrain: number;
  /** Where images have groups: how many of these do what. */
  readonly groups?: Readonly<Record<'train' | 'validation' | 'test', number>>;
}

export interface Planned {
  readonly plan?: SplitPlan;
  /** Why the folder cannot be split. */
  readonly refusal?: string;
  /** Which list an image is in, or would be. */
  readonly partOf: (stem: string) => ListName;
}

/** Splits a folder by default settings, as far as its files can be used. */
export function planOf(data: DataFolder, facts: readonly SampleFacts[], clustersAmong: Clustering): Planned {
  const factsOf = new Map(data.samples.map(({ stem }, i) => [stem, facts[i]]));
  const readable = ({ stem }: Sample) => factsOf.get(stem)?.image !== undefined;
  const usable = (sample: Sample) => readable(sample) && factsOf.get(sample.stem)?.mask?.areas !== undefined;
  const masked = data.samples.some(({ mask }) => mask !== undefined);
  const listed = new Map(
    (['train', 'val', 'test'] as const).flatMap((name) =>
      (data.lists[name] ?? []).map((stem) => [stem, name] as const),
    ),
  );
  try {
    const clusterOf = clusterLookup(
      data.samples.map(({ image }) => image),
      facts.map(({ image }) => image),
      clustersAmong,
    );
    const splitBy = (validation: boolean | 'auto') =>
      splitSamples(data, { seed: 0, labels: 'all', validation, clusterOf });
    const splits = splitBy(masked && 'auto');
    if (masked && splits.train.length === 0) throw noneToTrainOn(data, splits);
    const plain = masked ? pretrainedOn(() => splitBy(true)) : splits.plain;
    // Without lists nothing of what is a duplicate of a test image does anything else.
    const listless = listed.size === 0;
    const tested = keeping(splits.test, listless ? joined(data.samples, clusterOf) : () => undefined);
    const sampleOf = new Map(data.samples.map((sample) => [sample.stem, sample]));
    return {
      plan: {
        train: splits.train.filter(usable).length,
        validation: splits.validation.filter(usable).length,
        test: splits.test.filter(usable).length,
        pretrain: plain.filter(readable).length,
        ...groupsOf(splits),
      },
      partOf: (stem) => listed.get(stem) ?? (tested(sampleOf.get(stem)!) ? 'test' : 'train'),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { refusal: error.message, partOf: (stem) => listed.get(stem) ?? 'train' };
  }
}

function noneToTrainOn(data: DataFolder, { train, test }: Splits): UserError {
  const { why, fix } = shortageOf(data, train, test);
  return new UserError({ what: 'labels', got: `none to train with: ${why}`, expected: 'at least one', fix });
}

/** A pretraining keeps away from what may validate a training; none where too few masks are left for that. */
function pretrainedOn(split: () => Splits): readonly Sample[] {
  try {
    return split().plain;
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

function groupsOf({ train, validation, test, plain }: Splits): Pick<SplitPlan, 'groups'> {
  if ([train, validation, test, plain].flat().every(({ group }) => group === undefined)) return {};
  const count = (samples: readonly Sample[]) => new Set(samples.flatMap(({ group }) => group ?? [])).size;
  return { groups: { train: count(train), validation: count(validation), test: count(test) } };
}
