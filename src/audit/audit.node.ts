import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { progressOf, warn } from '../core/events.ts';
import { nearest } from '../core/nearest.ts';
import type { Tensors } from '../core/tensor.ts';
import { splitFolder } from '../data/duplicates/duplicates.node.ts';
import { readImageFolder, type Sample } from '../data/folders/folder.node.ts';
import { readGroupedFolder } from '../data/folders/groups.node.ts';
import { readPlainImages } from '../data/folders/plain-images.node.ts';
import { tellProblems } from '../data/folders/problems.ts';
import { syntheticCount } from '../data/folders/synthetic-name.ts';
import { endingWith } from '../events/ending.ts';
import type { RunContext } from '../events/run-event.ts';
import type { MarkedClass } from '../objectives/objective.ts';
import type { AuditResult, LevelResult } from '../records/audit-result.ts';
import { RUN } from '../records/entries.ts';
import { expectEntry } from '../records/entry.node.ts';
import { chooseSamples } from '../runs/choose-samples.node.ts';
import { expectNoNoise, type OpenedRun, openRun } from '../runs/open-run.node.ts';
import { cropPlanOf } from '../settings/crop.ts';
import { labellingOf } from '../settings/masks.ts';
import { splitOptionsOf } from '../settings/meaning.ts';
import { parseSettings } from '../settings/parse.ts';
import { threadsOf } from '../settings/resolve.node.ts';
import { expectUsable, Images, imagesOptionsOf, leftOut } from '../train/images.node.ts';
import { encoderFor, startOf } from '../train/start.node.ts';
import { freshWeights } from '../train/weights.ts';
import { AuditImages } from './audit-images.ts';
import { conditionsOf } from './conditions.ts';
import { type AuditPicture, Gallery } from './gallery.ts';
import { measureNetwork } from './measure.node.ts';
import { measureLevels } from './measure-levels.node.ts';
import { OUT_OF_DOMAIN } from './measures/out-of-domain.ts';
import { labellingOfRun, objectIn } from './probe-labels.node.ts';
import { scorableImages } from './scorable.node.ts';
import { type AuditOptions, auditSchema } from './settings.ts';
import { SplitNetwork } from './split-network.node.ts';

export interface Audit {
  readonly result: AuditResult;
  /** Of a few images: the network's outputs without each path, and with that path only. */
  readonly pictures: readonly AuditPicture[];
}

/** Seed of all that is drawn in an audit, so two audits of the same files give the same results. */
const SEED = 0;

/**
 * Measures how an image comes from a run's input to its output: through the bottleneck or through the skip connections.
 * Weights may have been edited; names and shapes must fit.
 *
 * @throws UserError for a run, images or a limit that cannot be used; the reason of `signal` once it ends the work
 */
export async function auditRun(options: AuditOptions, caller: RunContext = {}): Promise<Audit> {
  const context = endingWith(caller);
  const { limit, threads, weights, encoder, class: name, ...settings } = parseSettings(auditSchema, options);
  const run = await openRun(settings.run, { ...context, weights, encoder });
  expectNoNoise(run);
  const { config, network, objective } = run;
  const ofClass = name === undefined ? undefined : classNamed(name, run);
  const conditions = conditionsOf(network.architecture.encoder.taps.length);
  const { folder, samples } = await auditedSamples(run, settings.images);
  const chosen = [...samples].sort((a, b) => (a.stem < b.stem ? -1 : 1)).slice(0, limit);
  const probed = await probedSamples(run, chosen, { needed: settings.images === undefined, ...context });
  const { size } = network;
  const told = progressOf(context, 'auditing');
  const images = await Images.open(
    chosen,
    config.kind === 'train' ? labellingOf(config) : undefined,
    imagesOptionsOf(config, context),
  );
  let foreign: ForeignImages | undefined;
  try {
    const source = await scorableImages(images, { folder, samples: chosen }, objective, context);
    const audited = new AuditImages(source, source.samples.length, { objective, seed: SEED, ofClass });
    foreign = await foreignImages(settings.outOfDomain, run, audited.count, context);
    const split = await SplitNetwork.open(network, {
      images: audited.count,
      threads: threadsOf(threads),
      signal: context.signal,
    });
    try {
      const gallery = new Gallery(
        source.samples.map(({ stem }) => stem),
        conditions,
        audited.others,
      );
      const measured = await measureNetwork(split, audited, {
        seed: SEED,
        foreign,
        onOutcome: (outcome) => gallery.add(outcome),
        onImages: (done) => told(done, audited.count),
      });
      const levels = await levelsOf(run, split, probed, name);
      const about = {
        ...(name !== undefined && { class: name }),
        ...(cropPlanOf(config) && { piece: `${size.height}x${size.width}` }),
        weights: run.weights,
      };
      return { result: { ...measured, levels, ...about }, pictures: gallery.pictures(size) };
    } finally {
      await split.close();
    }
  } finally {
    await foreign?.close();
    await images.close();
  }
}

/** @throws UserError for a class that the run does not mark */
function classNamed(name: string, { path, objective: { classes = [] } }: OpenedRun): MarkedClass {
  const found = classes.find((each) => each.name === name);
  if (found) return found;
  const names = classes.map((each) => each.name);
  throw new UserError({
    what: `--class ${name}`,
    got: names.length > 0 ? 'no class of the run' : `${path}, which paints images and marks no class`,
    expected: names.length > 0 ? `one of ${names.join(', ')}` : 'a segmentation network',
    fix: names.length > 0 ? `did you mean ${nearest(name, names)}?` : 'leave it out',
  });
}

interface ForeignImages {
  readonly name: string;
  readonly images: AuditImages;
  close(): Promise<void>;
}

/** @throws UserError for a segmentation network, and for a folder without images that can be used */
async function foreignImages(
  folder: string | undefined,
  { config, objective }: OpenedRun,
  count: number,
  context: RunContext,
): Promise<ForeignImages | undefined> {
  if (folder === undefined) return undefined;
  if (!objective.paints) {
    throw new UserError({
      what: `--out-of-domain ${folder}`,
      got: `a ${objective.name} network, which paints no images`,
      expected: 'an autoencoder',
      fix: 'leave it out',
    });
  }
  const samples = (await readImageFolder(folder, config.pages)).slice(0, count);
  const images = await Images.open(samples, undefined, imagesOptionsOf(config, {}));
  const source = images.part(samples);
  try {
    tellProblems(folder, leftOut(images), { ...context, strict: false });
    expectUsable(folder, 'other', samples, source);
  } catch (error) {
    await images.close();
    throw error;
  }
  const name = basename(resolve(folder));
  return {
    name: (OUT_OF_DOMAIN as readonly string[]).includes(name) ? resolve(folder) : name,
    images: new AuditImages(source, source.samples.length, { objective, seed: SEED }),
    close: () => images.close(),
  };
}

/** The masks that a probe is fitted on: few. */
const FEW = 16;

/** Samples with masks: training ones that are not audited to fit probes on, and the audited ones. */
interface Probed {
  readonly fit: readonly Sample[];
  readonly test: readonly Sample[];
}

/**
 * @param options.needed whether the audited images are of the run's data folder, too
 * @throws UserError if it is needed and can no longer be split as it was; else that is told, and there is nothing to fit probes on
 */
async function probedSamples(
  { config }: OpenedRun,
  audited: readonly Sample[],
  { needed, ...context }: RunContext & { readonly needed: boolean },
): Promise<Probed> {
  const none: Probed = { fit: [], test: [] };
  if (!config.data || !existsSync(config.data)) return none;
  const testing = new Set(audited.map(({ image }) => image));
  const masked = (samples: readonly Sample[]) => samples.filter(({ mask }) => mask !== undefined);
  try {
    const { train } = await splitFolder(await readGroupedFolder(config.data, config), splitOptionsOf(config));
    const fit = masked(train).filter(({ image }) => !testing.has(image));
    return { fit: fit.slice(0, FEW), test: masked(audited) };
  } catch (error) {
    if (needed || !(error instanceof UserError)) throw error;
    warn(
      context,
      `what levels know of objects is not measured, as the run's own data have changed: ${error.message}`,
    );
    return none;
  }
}

/** How well each level separates objects from background; empty without masks. */
async function levelsOf(
  run: OpenedRun,
  network: SplitNetwork,
  { fit, test }: Probed,
  ofClass: string | undefined,
): Promise<readonly LevelResult[]> {
  if (fit.length === 0 || test.length === 0) return [];
  const labelling = await labellingOfRun(run);
  if (!labelling) return [];
  const images = await Images.open([...fit, ...test], labelling, imagesOptionsOf(run.config, {}));
  try {
    const [few, others] = [fit, test].map((samples) => {
      const { batch, samples: usable } = images.part(samples);
      return { batch, count: usable.length, ...objectIn(labelling, ofClass) };
    });
    if (few.count === 0 || others.count === 0) return [];
    const weights = {
      untrained: freshWeights(run.network.architecture, run.config.seed, run.network.encoder),
      before: await weightsBefore(run),
    };
    return await measureLevels(network, weights, { fit: few, test: others });
  } finally {
    await images.close();
  }
}

/** The weights that the run's training started from; undefined if a file that it started from is missing. */
async function weightsBefore({ config, network }: OpenedRun): Promise<Tensors | undefined> {
  try {
    const { architecture } = network;
    return (await startOf(architecture, await encoderFor(architecture, config), config)).initial;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** The images asked for; else those that test, or, of an autoencoder that knows none, those that validated. */
async function auditedSamples(
  run: OpenedRun,
  images: string | undefined,
): Promise<{ readonly folder: string; readonly samples: readonly Sample[] }> {
  const { config } = run;
  const { needsMasks } = run.objective.scoring;
  if (images) {
    const isData = existsSync(join(images, 'images'));
    if (isData || needsMasks) return chooseSamples(run, { data: images, split: 'all', flag: '--images' });
    return { folder: images, samples: await readImageFolder(images, config.pages) };
  }
  if (needsMasks || config.data) return chooseSamples(run, { split: 'test', flag: '--images' });
  const folder = config.kind === 'pretrain' ? config.plain : undefined;
  const validated = new Set((await expectEntry(run.path, RUN.splits)).validation.map(({ stem }) => stem));
  const gone = folder !== undefined && syntheticCount(folder) === undefined && !existsSync(folder);
  if (!folder || gone || validated.size === 0) {
    throw new UserError({
      what: run.path,
      got: gone ? `the folder ${folder}, which is not there` : 'no images held back',
      expected: 'images that the network was not trained on',
      fix: 'pass --images DIR',
    });
  }
  const samples = (await readPlainImages(folder, { ...run.network.size, pages: config.pages })).filter(
    ({ stem }) => validated.has(stem),
  );
  return { folder, samples };
}
