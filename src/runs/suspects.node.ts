import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { inform } from '../core/events.ts';
import { writeWhole } from '../core/files.node.ts';
import { RandomStream } from '../core/random.ts';
import type { MaskSource } from '../data/folders/mask-source.ts';
import type { Sample } from '../data/folders/sample.ts';
import { onlyClass } from '../data/masks/labelling.ts';
import { readMask } from '../data/masks/read-mask.node.ts';
import { WRONG_MASKS, type WrongMask } from '../data/masks/wrong-masks.ts';
import type { RunContext } from '../events/run-event.ts';
import { errorOf } from '../expect/expectation.ts';
import { fitScoreModel } from '../expect/model.ts';
import { maskPicture } from '../objectives/pictures.ts';
import { RUN_PATHS } from '../records/entries.ts';
import { labellingOf } from '../settings/masks.ts';
import type { TrainConfig } from '../settings/training.ts';
import { type CrossValidation, crossValidate, masksOf } from './cross-validate.node.ts';
import { encodePng } from './encode-png.node.ts';
import { type Expecting, heldOutOf } from './held-out.node.ts';
import type { OpenedRun } from './open-run.node.ts';

/** A mask, and how much a network that has not seen it disagrees. */
export interface Suspect {
  readonly stem: string;
  readonly group?: string;
  /** Which network held it out, from 1. */
  readonly fold: number;
  /** Of its mask with that network's prediction. */
  readonly dice: number;
  /** What the prediction alone lets expect, by a model that was fitted without this image. */
  readonly expected: number;
  /** (expected - dice) / max(0.05, 1 - expected): how far the mask is from a prediction that is sure of itself. */
  readonly suspicion: number;
}

/** Of some wrong masks that were planted, how many were found. */
export interface PlantedFinding {
  readonly planted: number;
  /** Among the first in the list, twice as many as were planted. */
  readonly listed: number;
  readonly found: number;
  /** Right masks among them: false alarms, as a share of those listed. */
  readonly false_alarms: number;
  readonly kinds: readonly { readonly kind: WrongMask; readonly planted: number; readonly found: number }[];
}

/**
 * The masks of a run, those first that networks which have not seen them disagree with most, sure as they are.
 *
 * @returns undefined if it was interrupted
 */
export async function suspectsOf(
  run: Pick<OpenedRun, 'path' | 'config'>,
  how: Expecting & CrossValidation,
  context: RunContext,
): Promise<readonly Suspect[] | undefined> {
  const folds = await crossValidate(run, how, context);
  if (!folds) return undefined;
  const heldOut = await heldOutOf(folds, how, context);
  const { leftOut } = fitScoreModel(heldOut.map(({ dice, predictors }) => ({ score: dice, predictors })));
  return heldOut
    .map(({ predictors: _, ...image }, i) => ({
      ...image,
      expected: leftOut[i],
      suspicion: errorOf(leftOut[i], image.dice),
    }))
    .sort((a, b) => b.suspicion - a.suspicion);
}

/**
 * Measures how well suspects are found: makes some of a run's masks wrong, in copies, trains networks on all of them anew, and looks where
 * the wrong ones are in the list.
 *
 * @param count of wrong masks, in equal parts of each kind
 * @returns undefined if it was interrupted
 * @throws UserError for several classes, and for fewer than twice as many masks
 */
export async function plantedSuspects(
  run: Pick<OpenedRun, 'path' | 'config'>,
  { count, ...how }: Expecting & CrossValidation & { readonly count: number },
  context: RunContext,
): Promise<PlantedFinding | undefined> {
  const place = join(run.path, RUN_PATHS.planted, String(count));
  const planted = await plant(run, count, place);
  const masks = new Map([...planted].map(([stem, { mask }]) => [stem, mask]));
  inform(context, `${count} masks are made wrong, in copies, and networks are trained with them`);
  const suspects = await suspectsOf(run, { ...how, place, masks }, context);
  if (!suspects) return undefined;
  const listed = suspects.slice(0, 2 * count);
  const found = listed.flatMap(({ stem }) => planted.get(stem)?.kind ?? []);
  const numberOf = (kinds: readonly WrongMask[], kind: WrongMask) =>
    kinds.filter((each) => each === kind).length;
  const all = [...planted.values()].map(({ kind }) => kind);
  return {
    ...{ planted: count, listed: listed.length, found: found.length },
    false_alarms: (listed.length - found.length) / listed.length,
    kinds: KINDS.map((kind) => ({ kind, planted: numberOf(all, kind), found: numberOf(found, kind) })),
  };
}

const KINDS = Object.keys(WRONG_MASKS) as readonly WrongMask[];

interface Planted {
  readonly kind: WrongMask;
  readonly mask: MaskSource;
}

/**
 * The masks that are made wrong: the first in a drawn order that have something marked.
 *
 * @throws UserError for several classes, and for more than half of the masks, or than have something
 */
export async function masksToPlant(
  { path, config }: Pick<OpenedRun, 'path' | 'config'>,
  count: number,
): Promise<readonly Sample[]> {
  const training = config as TrainConfig;
  const labelling = labellingOf(training);
  if (!onlyClass(labelling)) {
    throw new UserError({
      what: `--plant for ${path}`,
      got: 'several classes',
      expected: 'one, as wrong masks are made of one',
      fix: 'leave it out',
    });
  }
  const samples = await masksOf({ path, config });
  if (samples.length < 2 * count) {
    throw new UserError({
      what: '--plant',
      got: `${count} wrong masks of ${samples.length}`,
      expected: 'at most half',
      fix: `take at most ${Math.floor(samples.length / 2)}`,
    });
  }
  const marked: Sample[] = [];
  for (const sample of plantingOrder(training, samples)) {
    if (marked.length === count) break;
    if ((await readMask(sample, labelling)).at().data.includes(1)) marked.push(sample);
  }
  if (marked.length < count) {
    throw new UserError({
      what: '--plant',
      got: `${count} wrong masks, and ${marked.length} that have something marked`,
      expected: 'as many that have',
      fix: `take at most ${marked.length}`,
    });
  }
  return marked;
}

const plantingOrder = ({ seed }: Pick<TrainConfig, 'seed'>, samples: readonly Sample[]) =>
  new RandomStream(seed, 'planted').shuffled(samples);

/** Writes wrong masks of images that have something in theirs. */
async function plant(
  run: Pick<OpenedRun, 'path' | 'config'>,
  count: number,
  place: string,
): Promise<ReadonlyMap<string, Planted>> {
  const training = run.config as TrainConfig;
  const labelling = labellingOf(training);
  const planted = new Map<string, Planted>();
  let before = plantingOrder(training, await masksOf(run)).at(-1)!;
  for (const [i, sample] of (await masksToPlant(run, count)).entries()) {
    const { data, ...size } = (await readMask(sample, labelling)).at();
    const own = data.map((label) => (label === 1 ? 1 : 0));
    const kind = KINDS[i % KINDS.length];
    const stream = new RandomStream(training.seed, 'planted', sample.stem);
    const other = (await readMask(before, labelling)).at();
    const wrong = WRONG_MASKS[kind]({ ...size, data: own }, { stream, other });
    const mask = join(place, 'masks', `${sample.stem}.png`);
    await writeWhole(mask, await encodePng(maskPicture(labelling)(wrong), size));
    planted.set(sample.stem, { kind, mask });
    before = sample;
  }
  return planted;
}
