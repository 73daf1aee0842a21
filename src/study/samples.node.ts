import { UserError } from '../core/errors.ts';
import { splitFolder } from '../data/duplicates.node.ts';
import { readDataFolder, type Sample } from '../data/folder.node.ts';
import { tellProblems } from '../data/problems.ts';
import { armOf } from '../train/arms.ts';
import type { StudyConfig } from '../train/config.ts';
import type { RunHooks } from '../train/fit.node.ts';
import { expectUsable, Images, imagesOptionsOf, leftOut, sameAcross } from '../train/images.node.ts';
import { pretrainingImages } from '../train/pretrain.node.ts';
import { splitOptionsOf } from '../train/resolve.node.ts';

/** What the runs of one seed train and validate on. */
export interface SeedSamples {
  readonly train: readonly Sample[];
  readonly validation: readonly Sample[];
  readonly pretrain: readonly Sample[];
}

/** The images of a study, decoded once for all of its runs. */
export interface StudyImages {
  /** With masks: to train, to validate, to test. */
  readonly masked: Images;
  /** Without: to pretrain. */
  readonly plain?: Images;
  readonly bySeed: ReadonlyMap<number, SeedSamples>;
  close(): Promise<void>;
}

/**
 * Reads all that any of the runs will read, and tells what is wrong with it, once.
 *
 * @throws UserError if there is nothing to test on, or for any problem if settings are strict
 */
export async function openStudyImages(
  config: StudyConfig,
  seeds: readonly number[],
  hooks: Pick<RunHooks, 'onLoad' | 'onNotice' | 'onWarning'>,
): Promise<StudyImages> {
  const wanted = await samplesOf(config, seeds, hooks.onLoad);
  const share = (part: readonly Sample[]) =>
    (config.memory * part.length) / (wanted.masked.length + wanted.plain.length);
  const opened: Images[] = [];
  const open = async (samples: readonly Sample[], masks: boolean) => {
    const options = { ...imagesOptionsOf(config, hooks.onLoad), memoryBytes: share(samples) };
    const images = await Images.open(samples, masks, options);
    opened.push(images);
    return images;
  };
  const close = async () => {
    await Promise.all(opened.map((images) => images.close()));
  };
  try {
    const masked = await open(wanted.masked, true);
    const plain = wanted.plain.length > 0 ? await open(wanted.plain, false) : undefined;
    const same = [...wanted.bySeed.values()].flatMap(({ train, validation, pretrain }) =>
      sameAcross({
        // Transductive pretraining is meant to see them.
        training: [masked.part(train), ...(plain && !config.transductive ? [plain.part(pretrain)] : [])],
        validation: [masked.part(validation)],
        test: [masked.part(wanted.test)],
      }),
    );
    const problems = [...wanted.warnings, ...leftOut(...opened), ...new Set(same)];
    tellProblems(config.data, problems, { ...hooks, ...config });
    expectUsable(config.data, 'test', wanted.test, masked.part(wanted.test));
    return { masked, plain, bySeed: wanted.bySeed, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface StudySamples {
  readonly masked: readonly Sample[];
  /** The part of them that tests; the same for every seed. */
  readonly test: readonly Sample[];
  readonly plain: readonly Sample[];
  readonly bySeed: ReadonlyMap<number, SeedSamples>;
  readonly warnings: readonly string[];
}

async function samplesOf(
  config: StudyConfig,
  seeds: readonly number[],
  onLoad: RunHooks['onLoad'],
): Promise<StudySamples> {
  const folder = await readDataFolder(config.data);
  const warnings = new Set<string>();
  const masked: Sample[] = [];
  const plain: Sample[] = [];
  const bySeed = new Map<number, SeedSamples>();
  let test: readonly Sample[] = [];
  const pretrains = config.arms.some((arm) => armOf(arm).pretraining);
  for (const seed of seeds) {
    const splits = await splitFolder(folder, splitOptionsOf({ ...config, seed, validation: true }), onLoad);
    test = splits.test;
    masked.push(...splits.train, ...splits.validation, ...splits.test);
    for (const warning of splits.warnings) warnings.add(warning);
    const pretraining = pretrains
      ? await pretrainingImages({ ...config, seed, validation: true }, onLoad)
      : { train: [], validation: [], warnings: [] };
    plain.push(...pretraining.train, ...pretraining.validation);
    for (const warning of pretraining.warnings) warnings.add(warning);
    bySeed.set(seed, {
      train: splits.train,
      validation: splits.validation,
      pretrain: pretraining.train,
    });
  }
  if (test.length === 0) {
    throw new UserError({
      what: config.data,
      got: 'no test image with a mask',
      expected: 'a test set, on which arms are compared',
      fix: 'name it in test.txt, or leave out the lists',
    });
  }
  return { masked, test, plain, bySeed, warnings: [...warnings] };
}
