import { UserError } from '../../core/errors.ts';
import { type Listener, progressOf } from '../../core/events.ts';
import { clusteringOf } from '../../data/duplicates/clusters.ts';
import { splitFolder } from '../../data/duplicates/duplicates.node.ts';
import type { Sample } from '../../data/folders/folder.node.ts';
import { readGroupedFolder } from '../../data/folders/groups.node.ts';
import { parseDraws } from '../../data/folders/labels.ts';
import { tellProblems } from '../../data/folders/problems.ts';
import { losses } from '../../nn/losses.ts';
import { segment } from '../../objectives/segment.ts';
import { labellingOf } from '../../settings/masks.ts';
import { splitOptionsOf } from '../../settings/meaning.ts';
import { resolvePretrain, resolveTrain } from '../../settings/resolve.node.ts';
import type { TrainConfig } from '../../settings/training.ts';
import {
  expectUsable,
  Images,
  imagesOptionsOf,
  leftOut,
  type StudyImages,
  sameAcross,
} from '../../train/images.node.ts';
import { type PlainSamples, plainSamples } from '../../train/plain-samples.node.ts';
import { pretrainingImages } from '../../train/pretrain.node.ts';
import { expectStepMemory } from '../../train/step-memory.node.ts';
import type { StudyConfig } from '../config.ts';
import { largestStep } from '../resolve.node.ts';
import {
  allSeeds,
  type FineTuningKey,
  foldSetting,
  foldsOf,
  type ImageCount,
  learnsFromPlain,
  type PretrainingKey,
  pretrainOptions,
  type StudyRunKey,
  seedsOf,
  trainOptions,
} from './plan.ts';

/** The images of a study, decoded once for all of its runs. */
export interface OpenImages extends StudyImages {
  /** How many images a run trains on. */
  readonly count: ImageCount;
  close(): Promise<void>;
}

/**
 * Reads all that any of the runs will read, and tells what is wrong with it, once.
 *
 * @param listener with `decodedIn` images that were decoded by other processes are taken from there
 * @throws UserError if there is nothing to test on, or for any problem if settings are strict
 */
export async function openStudyImages(
  config: StudyConfig,
  { decodedIn, ...listener }: Listener & { readonly decodedIn?: string },
): Promise<OpenImages> {
  const wanted = await samplesOf(config, listener);
  const [ofMasked, ofPlain] = [wanted.masked, wanted.plain].map(
    (samples) => new Set(samples.map(({ image }) => image)).size,
  );
  expectStepMemory(largestStep(config, Math.max(ofMasked, ofPlain)), listener);
  const opened: Images[] = [];
  const open = async (samples: readonly Sample[], masks: boolean, size: number) => {
    const memoryBytes = (config.memory * size) / (ofMasked + ofPlain);
    const images = await Images.open(samples, masks ? labellingOf(config) : undefined, {
      ...imagesOptionsOf(config, listener),
      ...{ memoryBytes, decodedIn },
    });
    opened.push(images);
    return images;
  };
  const close = async () => {
    await Promise.all(opened.map((images) => images.close()));
  };
  try {
    const masked = await open(wanted.masked, true, ofMasked);
    const plain = ofPlain > 0 ? await open(wanted.plain, false, ofPlain) : undefined;
    const usable = (key: StudyRunKey, samples: readonly Sample[]) =>
      (key.phase === 'train' ? masked : plain!).part(samples).samples.length;
    const all = [masked.part(wanted.masked), ...(plain ? [plain.part(wanted.plain)] : [])];
    const clustersAmong = clusteringOf(all.flatMap(({ fingerprints }) => fingerprints));
    const same = wanted.fineTunings.flatMap(({ train, validation, test, pretraining }) =>
      sameAcross(
        {
          // Transductive pretraining is meant to see them.
          training: [masked.part(train), ...pretraining.map((samples) => plain!.part(samples))],
          validation: [masked.part(validation)],
          test: [masked.part(test)],
        },
        clustersAmong,
      ),
    );
    const { channels } = segment(losses.bce, { labelling: labellingOf(config) }).head;
    const test = masked.scored(wanted.test, channels);
    const problems = [...wanted.warnings, ...leftOut(...opened, test), ...new Set(same)];
    tellProblems(config.data, problems, { ...listener, strict: config.strict });
    expectUsable(config.data, 'test', wanted.test, test);
    return { masked, plain, count: (key) => usable(key, wanted.trainedOn(key)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface StudySamples {
  readonly masked: readonly Sample[];
  /** The part of them that tests; the same for every seed, or with folds all of them. */
  readonly test: readonly Sample[];
  readonly plain: readonly Sample[];
  /** Of every seed and draw. */
  readonly fineTunings: readonly FineTuningSamples[];
  trainedOn(run: StudyRunKey): readonly Sample[];
  validatedOn(run: StudyRunKey): readonly Sample[];
  testedOn(run: FineTuningKey): readonly Sample[];
  /** What a fine-tuning learns from without masks, and those of them whose masks tell how true pseudo-masks are. */
  plainOf(run: FineTuningKey): Pick<PlainSamples, 'plain' | 'hidden'>;
  readonly warnings: readonly string[];
}

type RunSamples = Readonly<Record<'train' | 'validation', readonly Sample[]>>;

interface FineTuningSamples extends RunSamples {
  readonly test: readonly Sample[];
  /** What the seed's pretrainings train on that must not see what validates or tests. */
  readonly pretraining: readonly (readonly Sample[])[];
}

const pretrainingKey = ({ arm, seed, fold }: Omit<PretrainingKey, 'phase'>) => `${arm} ${seed} ${fold}`;
const plainKey = (run: Omit<FineTuningKey, 'phase'>) => `${run.arm} ${drawKey(run)}`;
const drawKey = ({ seed, labels, draw, fold }: Omit<FineTuningKey, 'arm' | 'phase'>) =>
  `${seed} ${labels} ${draw} ${fold}`;

/** Which images each run of a study reads; nothing is decoded but to find duplicates. */
export async function samplesOf(config: StudyConfig, listener: Listener): Promise<StudySamples> {
  const folder = await readGroupedFolder(config.data, config);
  const warnings = new Set<string>();
  const masked: Sample[] = [];
  const plain: Sample[] = [];
  const fineTunings = new Map<string, FineTuningSamples>();
  const pretrainings = new Map<string, RunSamples>();
  const beside = new Map<string, PlainSamples>();
  const test = new Set<Sample>();
  const parts = allSeeds(config).flatMap((seed) => foldsOf(config).map((fold) => ({ seed, ...fold })));
  for (const part of parts) {
    const inductive = new Set<readonly Sample[]>();
    // Most pretrainings of a seed read the same.
    const known = new Map<string, RunSamples>();
    for (const arm of Object.keys(config.pretrainings)) {
      const settings = resolvePretrain(pretrainOptions(config, { phase: 'pretrain', arm, ...part }), 1);
      const source = JSON.stringify([settings.data, settings.plain, settings.transductive]);
      if (!known.has(source)) {
        const found = await pretrainingImages(settings, listener);
        plain.push(...found.train, ...found.validation);
        for (const warning of found.warnings) warnings.add(warning);
        known.set(source, found);
      }
      pretrainings.set(pretrainingKey({ arm, ...part }), known.get(source)!);
      if (!settings.transductive) inductive.add(known.get(source)!.train);
    }
    for (const draw of parseDraws(config.labels)) {
      const options = splitOptionsOf({
        ...{ ...config, ...draw, seed: part.seed },
        ...foldSetting(config, part.fold),
      });
      const splits = await splitFolder(folder, options, progressOf(listener, 'reading images'));
      for (const sample of splits.test) test.add(sample);
      masked.push(...splits.train, ...splits.validation, ...splits.test);
      for (const warning of splits.warnings) warnings.add(warning);
      const { train, validation } = splits;
      const samples = { train, validation, test: splits.test, pretraining: [...inductive] };
      fineTunings.set(drawKey({ ...part, ...draw }), samples);
      for (const run of learningFromPlain(config, { ...part, ...draw })) {
        const found = await plainSamples(fineTuningOf(config, run), { train }, listener);
        beside.set(plainKey(run), found);
        // A round of self-training reads its images with their pseudo-masks.
        if (config.arms[run.arm].pseudoRounds === undefined) {
          plain.push(...found.plain);
          masked.push(...found.hidden);
        }
        for (const warning of found.warnings) warnings.add(warning);
      }
    }
  }
  if (test.size === 0) {
    throw new UserError({
      what: config.data,
      got: 'no test image with a mask',
      expected: 'a test set, on which arms are compared',
      fix: 'name it in test.txt, or leave out the lists',
    });
  }
  const of = (run: StudyRunKey) =>
    run.phase === 'train' ? fineTunings.get(drawKey(run))! : pretrainings.get(pretrainingKey(run))!;
  return {
    ...{ masked, test: [...test], plain, fineTunings: [...fineTunings.values()], warnings: [...warnings] },
    trainedOn: (run) => of(run).train,
    validatedOn: (run) => of(run).validation,
    testedOn: (run) => fineTunings.get(drawKey(run))!.test,
    plainOf: (run) => beside.get(plainKey(run)) ?? { plain: [], hidden: [] },
  };
}

type FineTuning = Omit<FineTuningKey, 'phase'>;

/** The fine-tunings of a seed and draw that learn from plain images, too. */
function learningFromPlain(config: StudyConfig, drawn: Omit<FineTuning, 'arm'>): FineTuning[] {
  return Object.entries(config.arms)
    .filter(([arm, own]) => learnsFromPlain(own) && drawn.seed < seedsOf(config, arm))
    .map(([arm]) => ({ arm, ...drawn }));
}

/** Where it starts from is of no importance here. */
function fineTuningOf(config: StudyConfig, run: FineTuning): TrainConfig {
  return resolveTrain(
    trainOptions(config, { phase: 'train', ...run }, () => run.arm),
    1,
  );
}
