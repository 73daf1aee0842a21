import { UserError } from '../core/errors.ts';
import { inform, warn } from '../core/events.ts';
import { type DataFolder, type FolderOptions, readDataFolder } from '../data/folders/folder.node.ts';
import { type Labelling, onlyClass, plainName } from '../data/masks/labelling.ts';
import { labellingOfFolder } from '../data/masks/survey.node.ts';
import type { SignalWatch } from '../eval/signal-watch.ts';
import { endingWith } from '../events/ending.ts';
import type { RunContext } from '../events/run-event.ts';
import { chosenDevice } from '../runtime/choose-device.node.ts';
import { labellingOf } from '../settings/masks.ts';
import { parseSettings } from '../settings/parse.ts';
import { readingOf } from '../settings/pixels.ts';
import type { TrainConfig } from '../settings/training.ts';
import { chooseSamples } from './choose-samples.node.ts';
import { checkExpected, type ExpectedCheck, levelOf } from './expected-summary.ts';
import { type Expecter, expectedApplication, openExpecter } from './expecter.node.ts';
import { type Applied, openRuns } from './open-runs.node.ts';
import { type ScoredSet, scoredSet, withSources } from './scored-set.node.ts';
import { seenBy } from './seen.node.ts';
import { type Seen, seenText } from './seen.ts';
import { type EvaluateOptions, evaluateSchema } from './settings.ts';
import { warnOfUnlike } from './unlike.node.ts';

/** Scores of a run's network on a set of images: for each image, and summarised. */
export type Evaluation = {
  readonly weights: 'best' | 'last';
  readonly split: string;
  /** Where the networks know some of the images already: the scores are then no test. */
  readonly seen?: Seen;
  /** How the networks were applied and masks made. */
  readonly applied: Applied;
  /** Where it was asked for: whether the truth is as was expected. */
  readonly expectation?: ExpectedCheck;
} & ScoredSet;

/**
 * Scores a run's network, or the mean of several runs', on images it was not trained on (or on others, if asked; which of them the
 * networks know, is told). The first run says which images, and its weights are told.
 *
 * @throws UserError for a run, images or masks that cannot be used; the reason of `signal` once it ends the work
 */
export async function evaluate(options: EvaluateOptions, context: RunContext = {}): Promise<Evaluation> {
  return evaluated(options, endingWith(context));
}

async function evaluated(options: EvaluateOptions, context: RunContext): Promise<Evaluation> {
  const given = parseSettings(evaluateSchema, options);
  const level = levelOf(given.expect);
  const expected = level === undefined ? undefined : await expectedApplication(given);
  const settings = expected?.settings ?? given;
  const runs = await openRuns(settings, context);
  const { config, weights } = runs.first;
  const { folder, samples } = await chooseSamples(runs.first, settings);
  const labelling = config.kind === 'train' ? await labellingFor(config, settings, context) : undefined;
  const chosen = { folder, purpose: settings.split, samples, labelling };
  return withSources(runs, chosen, context, async (sources) => {
    const [source] = sources;
    const named = source.samples.map(({ stem }, i) => ({ name: stem, look: source.looks[i] }));
    const seenAt = runs.tiles ? undefined : runs.first.network.size;
    await warnOfUnlike(runs.first, named, { ...context, size: seenAt });
    const { applied } = runs;
    const elsewhere = settings.data !== undefined;
    const seen = await seenBy(runs.opened, source, { elsewhere, reading: readingOf(config) });
    if (seen && elsewhere) warn(context, seenText(seen));
    const about = { weights, applied, split: settings.split, ...(seen && { seen }) };
    const how = { threads: settings.threads, device: await chosenDevice(settings.device, context) };
    if (!expected || level === undefined)
      return { ...about, ...(await scoredSet(runs, sources, how, context)) };
    // What is checked is not what bounds rest on.
    const test = elsewhere || settings.split !== 'test';
    const expecter = await openExpecter(runs, expected.record, { level, test });
    const watch = expecter.watch();
    const result = await scoredSet(runs, sources, { ...how, watch }, context);
    return { ...about, ...withExpected(result, expecter, watch, context) };
  });
}

/** Scores with what was expected of each image, and how the two compare. */
function withExpected(
  set: ScoredSet,
  expecter: Expecter,
  watch: SignalWatch,
  context: RunContext,
): ScoredSet & Pick<Evaluation, 'expectation'> {
  if (set.kind !== 'segmentation') return set;
  const images = set.scores.map(({ native }, i) => ({
    dice: native.dice,
    expected: expecter.of(watch.of(i)),
  }));
  const rows = set.rows.map((row, i) => {
    const { dice, bound = '', distance, unlike } = images[i].expected;
    return { ...row, expected_dice: dice, lower_bound: bound, distance, unlike: Number(unlike) };
  });
  const expectation = checkExpected(expecter.basis, images);
  for (const warning of expectation.warnings) warn(context, warning);
  return { ...set, rows, expectation };
}

/**
 * What the masks mean that a run is scored by. Another folder may have other values for the one class of a run; of several classes it
 * may have other numbers or colours, where it names them as the run does.
 */
async function labellingFor(
  config: TrainConfig,
  { data, ...reading }: FolderOptions & { readonly data?: string },
  context: RunContext,
): Promise<Labelling> {
  const own = labellingOf(config);
  const only = onlyClass(own);
  if (data === undefined) return own;
  const folder = await readDataFolder(data, { ...reading, pages: reading.pages ?? config.pages });
  if (!only) return namedAlike(own, folder, data, context);
  const given = {
    classes: [{ name: only.name, colour: only.colour }],
    ignore: own.ignore,
    multilabel: false,
  };
  const found = await labellingOfFolder(folder, given).catch((error: unknown) => {
    // Values that could mean several things: as in the run, all above 0 are the object.
    if (error instanceof UserError && own.maskValues === 'nonzero' && !folder.annotations)
      return labellingOfFolder(folder, { ...given, maskValues: own.maskValues });
    throw error;
  });
  if (!found) return own;
  inform(context, found.told);
  for (const warning of found.warnings) warn(context, warning);
  if (onlyClass(found.labelling)) return found.labelling;
  throw new UserError({
    what: data,
    got: found.told,
    expected: `masks of one class, as the run marks ${only.name} alone`,
    fix: 'make masks of that class',
  });
}

/** The classes of a run as another folder has them, by their names; as the run has them where it names none. */
async function namedAlike(
  own: Labelling,
  folder: DataFolder,
  data: string,
  context: RunContext,
): Promise<Labelling> {
  if (!folder.classes) return own;
  const { classes: listed, ignore: told } = folder.classes;
  const isClass = (value: number | string) =>
    listed.some(({ number, colour }) => number === value || colour === value);
  const ignore = told?.length ? told : own.ignore.filter((value) => !isClass(value));
  const found = await labellingOfFolder(folder, { ignore, multilabel: own.multilabel });
  if (!found) return own;
  const { labelling } = found;
  const theirs = new Map(labelling.classes.map((each) => [plainName(each.name), each]));
  const missing = own.classes.filter(({ name }) => !theirs.has(plainName(name))).map(({ name }) => name);
  if (missing.length === 0) {
    inform(context, found.told);
    return {
      ...labelling,
      classes: own.classes.map(({ name }) => ({ ...theirs.get(plainName(name))!, name })),
    };
  }
  throw new UserError({
    what: data,
    got: `the classes ${[...theirs.keys()].join(', ')}`,
    expected: `those of the run: ${own.classes.map(({ name }) => name).join(', ')}`,
    fix: 'name them as there',
  });
}
