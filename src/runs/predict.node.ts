import { join } from 'node:path';
import { isToolFormat, type ToolFormat } from '../annotations/format.ts';
import { csvOf } from '../core/csv.ts';
import { UserError } from '../core/errors.ts';
import { progressOf, warn } from '../core/events.ts';
import { refuseExisting, writeWhole } from '../core/files.node.ts';
import type { ImageInMemory } from '../data/decode/memory.ts';
import { summariseUnusable, type Unusable } from '../data/folders/unusable.ts';
import { Ensemble } from '../eval/ensemble.node.ts';
import { OBJECT_COLUMNS } from '../eval/objects.ts';
import type { RunContext } from '../events/run-event.ts';
import { chosenDevice } from '../runtime/choose-device.node.ts';
import { labellingOf } from '../settings/masks.ts';
import { parseSettings } from '../settings/parse.ts';
import { threadsOf } from '../settings/resolve.node.ts';
import { type ExpectedSummary, levelOf, summariseExpected } from './expected-summary.ts';
import { expectedApplication, openExpecter } from './expecter.node.ts';
import { type GivenImage, givenImages } from './given-images.node.ts';
import { imagesByPage } from './given-pages.node.ts';
import type { OpenedRun } from './open-run.node.ts';
import { type Applied, openRuns } from './open-runs.node.ts';
import { outputFiles } from './output-files.node.ts';
import { groupByGroup, tileByTile } from './predict-images.node.ts';
import { PredictedAnnotations, paintsImages } from './predicted-annotations.node.ts';
import type { PredictFormat, Prediction } from './prediction.ts';
import { predictionPlaces } from './prediction-places.ts';
import { type PredictOptions, pagesFor, predictOutputSchema, predictSchema } from './settings.ts';
import { warnOfUnlike } from './unlike.node.ts';
import type { SeenImage } from './unlike.ts';

/** Where predictions go. Without `out` nothing is written: they are returned. */
export interface PredictPlace extends RunContext {
  /** Folder for `<stem>.png` or `<stem>.npy`. */
  readonly out?: string;
  readonly format?: PredictFormat;
  /** Replace files that exist. */
  readonly overwrite?: boolean;
}

/** The predictions for a set of images. */
export interface Predictions {
  readonly weights: 'best' | 'last';
  /** How the networks were applied and masks made. */
  readonly applied: Applied;
  /** The table of all objects, where they were asked for and written. */
  readonly objects?: string;
  /** The table of what to expect of each mask, where it was asked for and written; and in short. */
  readonly expected?: string;
  readonly expectation?: ExpectedSummary;
  readonly predictions: readonly Prediction[];
  /** Images that could not be used, and why. */
  readonly unusable: readonly { readonly image: string; readonly problem: string }[];
}

/**
 * Applies a run's network, or several runs' whose outputs are averaged, to images, files or in memory. With `out` it writes one file for each that can be used. The
 * others are named at the end; annotations for tools are written together, after the last image. `signal` ends it after the batch under way.
 *
 * @throws UserError before anything is written: unreadable run, no images, two images with one stem, files in the way;
 * later if none of the images can be used, and with `strict` at the first that cannot
 */
export async function predict(
  options: PredictOptions & { readonly images: readonly (string | ImageInMemory)[] },
  { signal, onEvent, ...output }: PredictPlace = {},
): Promise<Predictions> {
  const given = parseSettings(predictSchema, options);
  const level = levelOf(given.expect);
  const expected = level === undefined ? undefined : await expectedApplication(given);
  const settings = expected?.settings ?? given;
  const place = parseSettings(predictOutputSchema, output);
  const files = await givenImages(options.images);
  const tool = isToolFormat(place.format) ? place.format : undefined;
  const runs = await openRuns(settings, { onEvent });
  const { first: run, networks, application, applied, tiles } = runs;
  const images = await imagesByPage(files, pagesFor(run, settings), { onEvent });
  if (tool && images.length > files.length) throw pagesForTool(tool, images.length - files.length);
  const filesOf = outputFiles(images, predictionPlaces(run.config, place.format), {
    ...place,
    overwrite: place.overwrite || tool !== undefined,
  });
  const table = settings.objects && place.out !== undefined ? join(place.out, OBJECTS_FILE) : undefined;
  if (table && !place.overwrite) refuseExisting(table);
  const listed = level !== undefined && place.out !== undefined ? join(place.out, EXPECTED_FILE) : undefined;
  if (listed && !place.overwrite) refuseExisting(listed);
  const expecter =
    expected && level !== undefined
      ? await openExpecter(runs, expected.record, { level, test: true })
      : undefined;
  const annotations =
    place.out !== undefined && tool
      ? annotationsOf(run, tool, images, { ...place, out: place.out })
      : undefined;
  const batch = tiles ? settings.batch : Math.min(settings.batch, images.length);
  const device = await chosenDevice(settings.device, { onEvent });
  const ensemble = await Ensemble.open(networks, {
    ...{ ...application, batch, threads: threadsOf(settings.threads), watched: expecter !== undefined },
    device,
  });
  const predictions: Prediction[] = [];
  const unusable: Unusable[] = [];
  const seen: SeenImage[] = [];
  const told = progressOf({ onEvent }, 'predicting');
  const work = { run, ensemble, settings, filesOf, annotations, expecter, seen, signal, onEvent, ...place };
  try {
    const made = tiles ? tileByTile(images, { ...work, tiles }) : groupByGroup(images, work);
    for await (const result of made) {
      if ('problems' in result) unusable.push(result);
      else predictions.push(result);
      told(predictions.length + unusable.length, images.length);
    }
  } finally {
    await ensemble.close();
  }
  if (predictions.length === 0 && unusable.length > 0) throw unusable[0].problems[0];
  if (unusable.length > 0) warn({ onEvent }, summariseUnusable(unusable));
  await warnOfUnlike(run, seen, { size: tiles ? undefined : run.network.size, onEvent });
  if (predictions.length > 0) await annotations?.write();
  if (table) await writeWhole(table, objectTable(predictions));
  const summary = expecter && summariseExpected(expecter.basis, predictions);
  for (const warning of summary?.warnings ?? []) warn({ onEvent }, warning);
  if (listed) await writeWhole(listed, expectedTable(predictions));
  return {
    weights: run.weights,
    applied,
    ...(table && { objects: table }),
    ...(listed && { expected: listed }),
    ...(summary && { expectation: summary }),
    predictions,
    unusable: unusable.map(({ sample, problems }) => ({ image: sample.image, problem: problems[0].message })),
  };
}

/** Tools know files, and an object of theirs says nothing of a page. */
function pagesForTool(format: ToolFormat, more: number): UserError {
  return new UserError({
    what: `--format ${format}`,
    got: `${more} pages beyond the first of their files`,
    expected: 'images of a file each',
    fix: 'save the pages as files of their own, or take --format png',
  });
}

/** In the folder of the predictions. */
const OBJECTS_FILE = 'objects.csv';
const EXPECTED_FILE = 'expected.csv';

/** A row for each object, numbers to six digits. */
function objectTable(predictions: readonly Prediction[]): string {
  const rows = predictions.flatMap(({ image, objects = [] }) =>
    objects.map((object) => {
      const short = OBJECT_COLUMNS.map((column) => {
        const value = object[column];
        return [column, typeof value === 'number' ? Number(value.toPrecision(6)) : value];
      });
      return { image, ...Object.fromEntries(short) };
    }),
  );
  return csvOf(rows, ['image', ...OBJECT_COLUMNS]);
}

/** A row for each image, numbers to six digits. */
export function expectedTable(predictions: readonly Prediction[]): string {
  const short = (value: number) => Number(value.toPrecision(6));
  const rows = predictions.flatMap(({ image, expected }) =>
    expected
      ? [
          {
            image,
            expected_dice: short(expected.dice),
            lower_bound: expected.bound === undefined ? '' : short(expected.bound),
            distance: short(expected.distance),
            unlike: Number(expected.unlike),
          },
        ]
      : [],
  );
  return csvOf(rows, ['image', 'expected_dice', 'lower_bound', 'distance', 'unlike']);
}

/** @throws UserError for a network that marks nothing, and for files in the way */
function annotationsOf(
  { objective, config, path }: OpenedRun,
  format: ToolFormat,
  images: readonly GivenImage[],
  place: { readonly out: string; readonly overwrite: boolean },
): PredictedAnnotations {
  if (!objective.output.masks || config.kind !== 'train') throw paintsImages(path, format);
  return new PredictedAnnotations(format, labellingOf(config), images, place);
}
