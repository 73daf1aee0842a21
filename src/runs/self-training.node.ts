import { basename, dirname, join, relative } from 'node:path';
import { inform } from '../core/events.ts';
import { remove } from '../core/files.node.ts';
import type { Sample } from '../data/folders/folder.node.ts';
import type { MaskSource } from '../data/folders/mask-source.ts';
import { tellProblems } from '../data/folders/problems.ts';
import type { RunEvent } from '../events/run-event.ts';
import { RUN, RUN_PATHS } from '../records/entries.ts';
import { readEntry, writeEntry } from '../records/entry.node.ts';
import type { PseudoMaskRecord } from '../records/run-records.ts';
import type { TrainSummary } from '../records/summaries.ts';
import { PLAIN_CHOICE } from '../settings/consistency.ts';
import { settledPages } from '../settings/pixels.ts';
import type { TrainConfig, TrainOptions } from '../settings/training.ts';
import { begin } from '../train/begin.node.ts';
import { plainSharesOf } from '../train/consistency.ts';
import type { RunPlace } from '../train/place.ts';
import { plainSamples } from '../train/plain-samples.node.ts';
import { type GivenImages, maskedSplits, runTraining, trainingRun } from '../train/train.node.ts';
import { predict } from './predict.node.ts';
import type { Prediction } from './prediction.ts';

/**
 * Trains a network. With `pseudoRounds` in rounds (self-training; Lee 2013, Xie et al. 2020): a network that learned from masks alone
 * marks the plain images, and a new one learns from these pseudo-masks, too, which marks them again, and so on. The rounds before
 * the last are runs of their own, in `rounds/0`, `rounds/1`, .. of the run's folder, each with its pseudo-masks; the last is
 * the run. What was stopped goes on in the round in which it was.
 *
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function trainInRounds(
  options: TrainOptions,
  place: RunPlace,
  given: GivenImages = {},
): Promise<TrainSummary> {
  if ((await roundsIn(options, place)) === undefined) return runTraining(options, place, given);
  const { config, done, openFolder } = await begin(trainingRun, options, place);
  if (done && !place.images) return done;
  const splits = given.splits ?? (await maskedSplits(config, place));
  const { train } = splits;
  const { plain, warnings } = await plainSamples(config, { train, apart: given.apart }, place);
  tellProblems(config.data, warnings, { strict: config.strict, onEvent: place.onEvent });
  plainSharesOf(config, plain);
  const rounds = await folderOfRounds(place.out);
  // The settings are written first: then what is stopped in a round can be resumed.
  const folder = done ? undefined : await openFolder(place.command);
  const ended = async (summary: TrainSummary) => {
    await folder?.finish(summary);
    place.onEvent?.({ type: 'done', out: place.out, summary });
    return summary;
  };
  let pseudoMasked: readonly Sample[] | undefined;
  let seconds = 0;
  for (let round = 0; round < config.pseudoRounds!; round++) {
    const at = { ...placeOf(round, config, place), out: join(rounds, String(round)) };
    inform(
      place,
      `round ${round} of ${config.pseudoRounds}, on ${pseudoMasked ? 'masks and pseudo-masks' : 'masks alone'}`,
    );
    const summary = await runTraining(settingsOf(config, round), at, { ...given, splits, pseudoMasked });
    if (!summary.interrupted) pseudoMasked = await marked(at, config, plain);
    seconds += summary.seconds;
    if (summary.interrupted || !pseudoMasked) return ended({ ...summary, seconds, interrupted: true });
  }
  inform(place, `round ${config.pseudoRounds}, the last, on masks and pseudo-masks`);
  const last = placeOf(config.pseudoRounds!, config, place);
  const summary = await runTraining(settingsOf(config, config.pseudoRounds!), last, {
    ...given,
    splits,
    pseudoMasked,
  });
  return done ?? ended({ ...summary, seconds: seconds + summary.seconds });
}

/** How many rounds are asked for, or were when what is resumed was started. */
async function roundsIn(options: TrainOptions, { out, resume }: RunPlace): Promise<unknown> {
  return options?.pseudoRounds ?? (resume ? (await readEntry(out, RUN.settings))?.pseudoRounds : undefined);
}

/** In the run's folder; the rounds before one of them lie beside it. */
async function folderOfRounds(out: string): Promise<string> {
  const beside = dirname(out);
  if (basename(beside) !== RUN_PATHS.rounds) return join(out, RUN_PATHS.rounds);
  const whole = await readEntry(dirname(beside), RUN.settings);
  return whole?.pseudoRounds === undefined ? join(out, RUN_PATHS.rounds) : beside;
}

/** The same for all rounds, but that the first has no plain images, and each that follows has as many rounds before it as it has. */
function settingsOf(config: TrainConfig, round: number): TrainOptions {
  const { pseudoRounds: _, ...shared } = config;
  const plain = Object.entries(shared).filter(
    ([name]) => !(PLAIN_CHOICE as readonly string[]).includes(name),
  );
  return (round === 0 ? Object.fromEntries(plain) : { ...shared, pseudoRounds: round }) as TrainOptions;
}

/** Of a round: it goes on with what is there. Steps are told as those of all rounds. */
function placeOf(round: number, { pseudoRounds }: TrainConfig, place: RunPlace): RunPlace {
  const rounds = pseudoRounds! + 1;
  const onEvent = (event: RunEvent) => {
    // The whole begins with the first one, and is done after the last.
    if ((event.type === 'start' && round > 0) || event.type === 'done') return;
    if (event.type !== 'step') return place.onEvent?.(event);
    const { step, steps, epoch, epochs } = event;
    const inAll = { step: round * steps + step, steps: rounds * steps };
    place.onEvent?.({ ...event, ...inAll, epoch: round * epochs + epoch, epochs: rounds * epochs });
  };
  return { ...place, overwrite: false, resume: true, onEvent };
}

/** @returns undefined if it was interrupted */
async function marked(
  place: RunPlace,
  config: TrainConfig,
  plain: readonly Sample[],
): Promise<Sample[] | undefined> {
  const { out } = place;
  const record = (await readEntry(out, RUN.pseudo)) ?? (await mark(place, config, plain));
  if (!record) return undefined;
  const masks = new Map(record.masks.map((mask) => [keyOf(mask), maskAt(join(out, PSEUDO), mask)]));
  return plain.flatMap((sample) => {
    const mask = masks.get(keyOf(sample));
    return mask === undefined ? [] : [{ ...sample, mask }];
  });
}

type RecordedMask = PseudoMaskRecord['masks'][number];

function maskAt(folder: string, { file, files }: RecordedMask): MaskSource | undefined {
  if (!files) return file && join(folder, file);
  return {
    files: Object.fromEntries(Object.entries(files).map(([name, each]) => [name, join(folder, each)])),
  };
}

/** How a mask is written down: by its place in a folder. */
function recorded({ file, files }: Prediction, folder: string): Pick<RecordedMask, 'file' | 'files'> {
  const within = (path: string) => relative(folder, path);
  if (!files) return { file: within(file!) };
  return { files: Object.fromEntries(Object.entries(files).map(([name, each]) => [name, within(each)])) };
}

/** Where masks of samples lie: by their folder of plain images, and by their folder in it. */
const folderOf = ({ stem, source }: Sample) =>
  join(source === undefined ? '' : String(source), dirname(stem));

const keyOf = ({ stem, source }: Pick<Sample, 'stem' | 'source'>) => `${source} ${stem}`;

/** Where a round's pseudo-masks lie in its folder. */
const PSEUDO = dirname(RUN.pseudo.name);

/**
 * Marks plain images with the network of a finished round: masks at the images' own sizes, by its best weights where it has validated,
 * over the views of its test, from a probability of 0.5 on. The record is written once all of them are there; else they are made again.
 *
 * @returns undefined if it was interrupted
 */
async function mark(
  { out, signal, onEvent }: RunPlace,
  config: TrainConfig,
  plain: readonly Sample[],
): Promise<PseudoMaskRecord | undefined> {
  const { encoder, views, batch, threads, device, strict } = config;
  const pages = settledPages(config);
  const masks: RecordedMask[] = [];
  let weights: PseudoMaskRecord['weights'] = 'last';
  await remove(join(out, PSEUDO));
  // Images of two folders, or sub-folders, may have one name.
  for (const place of new Set(plain.map(folderOf))) {
    const samples = plain.filter((sample) => folderOf(sample) === place);
    const [{ source }] = samples;
    const images = samples.map(({ image }) => image);
    const folder = join(out, PSEUDO, place);
    const options = { run: out, images, encoder, views, batch, threads, device, strict, pages };
    const made = await predict(options, { out: folder, overwrite: true, signal, onEvent });
    if (signal?.aborted) return undefined;
    weights = made.weights;
    const predictionOf = new Map(made.predictions.map((prediction) => [prediction.image, prediction]));
    for (const { image, stem } of samples) {
      const prediction = predictionOf.get(image);
      const of = source === undefined ? {} : { source };
      if (prediction) masks.push({ stem, ...of, ...recorded(prediction, join(out, PSEUDO)) });
    }
  }
  const record = { weights, views, masks };
  await writeEntry(out, RUN.pseudo, record);
  return record;
}
