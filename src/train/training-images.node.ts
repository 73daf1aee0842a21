import { warn } from '../core/events.ts';
import { parseSize } from '../core/size.ts';
import type { Sample } from '../data/folders/folder.node.ts';
import { tellProblems } from '../data/folders/problems.ts';
import type { Splits } from '../data/folders/split.ts';
import { vanishingText } from '../data/masks/vanishing.ts';
import { labellingOf } from '../settings/masks.ts';
import { trainObjective } from '../settings/objective.ts';
import type { TrainConfig } from '../settings/training.ts';
import { lengthOf } from './batch-plan.ts';
import { hintIfShort } from './fit.node.ts';
import {
  expectUsable,
  Images,
  imagesOptionsOf,
  type LoadedSamples,
  leftOut,
  sameAcross,
} from './images.node.ts';
import type { RunPlace } from './place.ts';
import { NO_PLAIN, plainSamples } from './plain-samples.node.ts';
import { expectStepMemory, stepOf } from './step-memory.node.ts';

/** The images of a training that can be used, by their use. */
export interface TrainingParts extends Readonly<Record<'train' | 'validation' | 'test', LoadedSamples>> {
  /** What steps are made of: the training images, and those with pseudo-masks after them. */
  readonly learned: LoadedSamples;
  /** Where it learns from plain images: these. */
  readonly plain?: LoadedSamples;
  /** Where it learns from pseudo-masks of plain images: these. */
  readonly pseudo?: LoadedSamples;
  /** Some of them, with masks that nothing is learned or chosen by. */
  readonly hidden?: LoadedSamples;
}

/** The images of a training. */
export interface WantedImages {
  readonly splits: Splits;
  /** Plain images with pseudo-masks, if it is to learn from such. */
  readonly pseudoMasked?: readonly Sample[];
  /** Images beside those of the splits that are not to be learned from, nor duplicates of them. */
  readonly apart?: readonly Sample[];
}

/**
 * Reads the images of a training, and runs `body` on those that can be used; what is wrong with the others is told. Those that
 * a study has read already stay open.
 *
 * @throws UserError where there is no memory for a step, and where a part was wanted and none of its images can be used
 */
export async function withTrainingImages<T>(
  config: TrainConfig,
  { splits, pseudoMasked, apart }: WantedImages,
  place: RunPlace,
  body: (parts: TrainingParts) => Promise<T>,
): Promise<T> {
  const wanted = pseudoMasked ? NO_PLAIN : await plainSamples(config, { train: splits.train, apart }, place);
  const both = [...splits.train, ...(pseudoMasked ?? [])];
  const masked = [...splits.train, ...splits.validation, ...splits.test];
  const all = masked.length + wanted.plain.length + wanted.hidden.length + (pseudoMasked ? both.length : 0);
  const ofPlain = Math.min(config.plainBatch ?? config.batch, wanted.plain.length);
  expectStepMemory(stepOf(config, { images: both.length, plain: ofPlain }), place.images ? {} : place);
  const opened: Images[] = [];
  const given = place.images;
  const open = async (samples: readonly Sample[], masks: boolean) => {
    const options = imagesOptionsOf(config, place);
    const share = samples.length / all;
    const images = await Images.open(samples, masks ? labellingOf(config) : undefined, {
      ...options,
      memoryBytes: options.memoryBytes * share,
    });
    opened.push(images);
    return images;
  };
  try {
    const images = given?.masked ?? (await open(masked, true));
    const plain = wanted.plain.length > 0 ? (given?.plain ?? (await open(wanted.plain, false))) : undefined;
    const hidden =
      wanted.hidden.length > 0 ? (given?.masked ?? (await open(wanted.hidden, true))) : undefined;
    const learned = pseudoMasked ? await open(both, true) : images;
    const { channels } = trainObjective(config).head;
    const [validation, test] = [splits.validation, splits.test].map((samples) =>
      images.scored(samples, channels),
    );
    const parts = {
      learned: learned.part(both),
      ...(pseudoMasked && { pseudo: learned.part(pseudoMasked) }),
      train: images.part(splits.train),
      ...{ validation, test },
      ...(plain && { plain: plain.part(wanted.plain) }),
      ...(hidden && { hidden: hidden.part(wanted.hidden) }),
    };
    const problems = [
      ...splits.warnings,
      ...wanted.warnings,
      ...leftOut(images, learned, ...(plain ? [plain] : []), validation, test),
    ];
    expectParts(config, splits, parts, { problems: [...new Set(problems)], place });
    return await body(parts);
  } finally {
    await Promise.all(opened.map((images) => images.close()));
  }
}

/** Settings that come to nothing with so few images. */
function tellUnused(
  config: TrainConfig,
  { images, validating }: { readonly images: number; readonly validating: number },
  place: RunPlace,
): void {
  if (config.patience > 0 && validating === 0)
    warn(place, `--patience ${config.patience} ends nothing: no image validates`);
  if (images === 0) return;
  const { steps, epochs, stepsPerEpoch } = lengthOf(config, images);
  if (config.warmupSteps >= steps)
    warn(
      place,
      `the learning rate rises for ${config.warmupSteps} steps, and the training has ${steps}: it never reaches ${config.lr}; --warmup-steps 0 begins there`,
    );
  if (config.freezeEpochs < Math.max(1, epochs)) return;
  warn(
    place,
    `--freeze-epochs ${config.freezeEpochs}: the encoder is never trained, as there are ${epochs} epochs of ${stepsPerEpoch} steps; --epoch-steps makes them shorter`,
  );
}

function expectParts(
  config: TrainConfig,
  splits: Splits,
  parts: TrainingParts,
  { problems, place }: { readonly problems: readonly string[]; readonly place: RunPlace },
): void {
  const { train, validation, test, plain = parts.pseudo } = parts;
  const same = sameAcross({ training: [train], validation: [validation], test: [test] });
  tellProblems(config.data, [...problems, ...same], { strict: config.strict, onEvent: place.onEvent });
  const masked = [train, validation, test].flatMap(({ vanishing }) => vanishing);
  const lost = vanishingText(masked, parseSize(config.size));
  if (lost) warn(place, lost);
  hintIfShort(config, train.samples.length, place);
  tellUnused(config, { images: train.samples.length, validating: validation.samples.length }, place);
  expectUsable(config.data, 'training', splits.train, train);
  expectUsable(config.data, 'validation', splits.validation, validation);
  const [training, validating, testing] = [train, validation, test].map(({ samples }) => samples.length);
  const ofPlain = plain && { plain: plain.samples.length };
  place.onEvent?.({ type: 'data', train: training, validation: validating, test: testing, ...ofPlain });
}
