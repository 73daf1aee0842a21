import { basename, join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { Listener } from '../core/events.ts';
import { readNamed, sha256 } from '../core/files.node.ts';
import { mean } from '../core/mean.ts';
import { RandomStream } from '../core/random.ts';
import { withoutFolders } from '../core/shell.ts';
import { foreground } from '../data/masks/labelling.ts';
import { type Metric, titleOf } from '../eval/metrics.ts';
import { isError } from '../eval/score-columns.ts';
import { RUN } from '../records/entries.ts';
import { expectEntry, readEntry, readSummary } from '../records/entry.node.ts';
import type { ModelCard } from '../records/model-card.ts';
import { labellingOf } from '../settings/masks.ts';
import { parseSettings } from '../settings/parse.ts';
import { overGroups } from '../stats/groups.ts';
import { meanInterval } from '../stats/interval.ts';
import { worstOf } from '../stats/subgroups.ts';
import { encoderFacts } from './model-facts.node.ts';
import { openRun } from './open-run.node.ts';
import { type CardOptions, cardSchema } from './settings.ts';
import { studyOf } from './study-of-run.node.ts';

/** What a card tells of the test. */
const TOLD: readonly Metric[] = ['dice', 'iou', 'nsd', 'hd95'];

/** How many of the worst test images are named. */
const WORST = 5;

/**
 * What is to be known of a run's network by whoever uses it: data, training, scores with intervals, where it fails, and what is not known.
 *
 * @throws UserError for a run that is no finished training
 */
export async function cardOf(options: CardOptions, context: Listener = {}): Promise<ModelCard> {
  const { run: path, encoder: given, dataLicence } = parseSettings(cardSchema, options);
  const run = await openRun(path, { encoder: given, ...context });
  const { config, network, weights, hashes } = run;
  const summary = config.kind === 'train' ? await readSummary(path, config.kind) : undefined;
  if (config.kind !== 'train' || !summary || summary.interrupted) {
    throw new UserError({
      what: path,
      got: config.kind === 'train' ? 'a training that is not finished' : 'an autoencoder',
      expected: 'a finished training',
      fix: 'name the folder of one',
    });
  }
  const splits = await expectEntry(path, RUN.splits);
  const environment = (await readEntry(path, RUN.environment)) ?? {};
  const labelling = labellingOf(config);
  const rows = (await readEntry(path, RUN.test)) ?? [];
  const expected = await readEntry(path, RUN.expectation);
  const subgroups = await readEntry(path, RUN.subgroups);
  const study = await studyOf(path);
  const groups = new Set(
    [...splits.train, ...splits.validation, ...splits.test].flatMap(({ group }) => group ?? []),
  );
  const facts = encoderFacts(hashes.encoder, network.architecture.encoder.name, config.encoder);
  const { command, ...versions } = environment;
  return {
    name: basename(resolve(path)),
    versions: Object.fromEntries(Object.entries(versions).map(([name, value]) => [name, String(value)])),
    task: {
      classes: foreground(labelling).map(({ name }) => name),
      overlapping: labelling.multilabel,
      pixels_per_image: `${network.size.width}x${network.size.height}`,
    },
    data: {
      folder: basename(config.data),
      licence: dataLicence ?? 'not stated',
      train: splits.train.length,
      validation: splits.validation.length,
      test: splits.test.length,
      plain: (splits.plain ?? splits.pseudo ?? []).length,
      groups: groups.size,
      splits_sha256: sha256(await readNamed(join(path, RUN.splits.name), 'the images of a run')),
    },
    network: {
      ...{ encoder: facts.encoder, encoder_sha256: hashes.encoder },
      encoder_licence: facts.encoder_licence ?? 'not known to fewmask',
      encoder_trained: config.trainEncoder !== 'none',
      ...{ decoder: config.decoder, weights, weights_sha256: hashes.weights },
    },
    training: {
      ...{ recipe: config.recipe, seed: config.seed, steps: summary.steps, epochs: summary.epochs },
      ...{ seconds: Math.round(summary.seconds), pretrained: config.pretrained !== undefined },
      command: typeof command === 'string' ? withoutFolders(command) : 'not recorded',
    },
    ...(rows.length > 0 && { test: testOf(rows, config.seed) }),
    ...(summary.baselines && { baselines: summary.baselines }),
    ...(subgroups && { subgroups: subgroupsOf(subgroups) }),
    ...(study && { study }),
    ...(expected && {
      expected: {
        masks_held_out: expected.held_out.errors.length,
        folds: expected.folds,
        test_images: expected.test?.errors.length ?? 0,
      },
    }),
  };
}

/** Of the subgroups that were compared, the worst of which that can be said. */
function subgroupsOf(rows: readonly Readonly<Record<string, string>>[]): NonNullable<ModelCard['subgroups']> {
  const told = rows
    .filter(({ low }) => low !== '')
    .map(({ metric, division, name, images, mean, difference, low, high }) => ({
      ...{ metric, division, name, images: Number(images), mean: Number(mean) },
      ...{ difference: Number(difference), interval: [Number(low), Number(high)] as const },
    }));
  const found = worstOf(told, isError(rows[0]?.metric ?? ''));
  if (!found) return { compared: told.length };
  const {
    interval: [low, high],
    ...worst
  } = found;
  return { compared: told.length, worst: { ...worst, low, high } };
}

/** The scores of test images, with intervals over images, or over groups where there are any. */
function testOf(
  rows: readonly Readonly<Record<string, string>>[],
  seed: number,
): NonNullable<ModelCard['test']> {
  const numbers = (metric: string) => rows.map((row) => Number(row[metric]));
  const groups = rows.map(({ stem, group }) => group || stem);
  const dice = numbers('dice');
  const worst = rows.map(({ stem }, i) => ({ stem, dice: dice[i] })).sort((a, b) => a.dice - b.dice);
  return {
    images: rows.length,
    units: new Set(groups).size,
    scores: TOLD.map((metric) => {
      const values = numbers(metric).filter(Number.isFinite);
      const whole = values.length === rows.length;
      const table = whole ? overGroups([values], groups) : [values];
      const several = table[0].length > 1;
      const stream = new RandomStream(seed, 'card', metric);
      return {
        metric,
        title: titleOf(metric),
        images: values.length,
        mean: values.length > 0 ? mean(values) : Number.NaN,
        ...(several && { ci95: [...meanInterval(table, stream)] }),
      };
    }),
    below_half: dice.filter((value) => value < 0.5).length / dice.length,
    worst: worst.slice(0, WORST),
  };
}
