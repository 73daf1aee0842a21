import { UserError } from '../core/errors.ts';
import { inform, type Listener, progressOf } from '../core/events.ts';
import { RandomStream } from '../core/random.ts';
import { parseSize } from '../core/size.ts';
import { findDuplicates } from '../data/duplicates/duplicates.node.ts';
import { firstWhole, type GroupOf, joined } from '../data/duplicates/together.ts';
import type { DataFolder, Sample } from '../data/folders/folder.node.ts';
import { grouped, readGroupedFolder } from '../data/folders/groups.node.ts';
import { passedOverText } from '../data/folders/image-files.node.ts';
import { readPlainImages } from '../data/folders/plain-images.node.ts';
import { tellProblems } from '../data/folders/problems.ts';
import { keeping, splitSamples } from '../data/folders/split.ts';
import { dividedGroups } from '../data/folders/whole-groups.ts';
import { withOwnEncoder } from '../nn/trained-encoder.ts';
import type { PretrainSummary } from '../records/summaries.ts';
import { chosenDevice } from '../runtime/choose-device.node.ts';
import { architectureOf } from '../settings/architecture.node.ts';
import { drawsOf } from '../settings/meaning.ts';
import { pretrainObjective } from '../settings/objective.ts';
import { type PixelSettings, readingOf } from '../settings/pixels.ts';
import { withReading } from '../settings/reading.node.ts';
import { resolvePretrain } from '../settings/resolve.node.ts';
import { type PretrainConfig, type PretrainOptions, pretrainSchema } from '../settings/training.ts';
import { begin } from './begin.node.ts';
import { expectUsable, Images, imagesOptionsOf, leftOut, withImages } from './images.node.ts';
import type { RunPlace } from './place.ts';
import { methods } from './pretrain-methods.node.ts';
import { encoderFor, startOf } from './start.node.ts';
import { expectRoomForOne, expectStepMemory, stepOf } from './step-memory.node.ts';

/** Validation images of a folder without masks are few: they only choose a checkpoint. */
const MOST_PLAIN_VALIDATION = 64;

/** How a pretraining is begun. */
const pretrainingRun = {
  kind: 'pretrain',
  schema: pretrainSchema,
  resolve: resolvePretrain,
  settle: async (config: PretrainConfig, listener: Listener) => {
    expectRoomForOne(parseSize(config.size));
    const device = await chosenDevice(config.device, listener);
    return withReading(pretrainSchema, { ...config, device }, listener);
  },
} as const;

/**
 * Pretrains the decoder on images without masks, as an autoencoder or by another method, and writes a run folder.
 *
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function runPretraining(options: PretrainOptions, place: RunPlace): Promise<PretrainSummary> {
  const { config, done, openFolder } = await begin(pretrainingRun, options, place);
  // In a study, a finished run has to go with the others.
  if (done && !place.images) return done;
  place.onEvent?.({ type: 'start' });
  const architecture = architectureOf(config, pretrainObjective(config).head);
  const encoder = await encoderFor(architecture, config, place);
  const { initial, start } = await startOf(architecture, encoder, config);
  const { train, validation, warnings, passedOver } = await pretrainingImages(config, place);
  if (passedOver && !place.images) inform(place, passedOver);
  expectStepMemory(stepOf(config, { images: train.length }), place.images ? {} : place);
  const open = () => Images.open([...train, ...validation], undefined, imagesOptionsOf(config, place));
  return withImages(place.images?.plain, open, async (images) => {
    const parts = { train: images.part(train), validation: images.part(validation) };
    const source = config.plain ?? config.data!;
    tellProblems(source, [...warnings, ...leftOut(images)], {
      strict: config.strict,
      onEvent: place.onEvent,
    });
    expectUsable(source, 'training', train, parts.train);
    expectUsable(source, 'validation', validation, parts.validation);
    const [training, validating] = [parts.train, parts.validation].map(({ samples }) => samples.length);
    place.onEvent?.({ type: 'data', train: training, validation: validating, test: 0 });
    const encoderSha256 = encoder.sha256;
    const provenance = { kind: 'pretrain', architecture, encoderSha256, start, settings: config } as const;
    const folder = await openFolder(place.command, { parts, provenance });
    if (done) return done;
    const summary = await methods[config.method](
      {
        config,
        provenance,
        encoder: withOwnEncoder(encoder.weights, initial),
        initial,
        folder,
        train: parts.train,
        validation: validation.length > 0 ? parts.validation : undefined,
        saveEvery: place.saveEvery,
      },
      place,
    );
    await folder.finish(summary);
    place.onEvent?.({ type: 'done', out: place.out, summary });
    return summary;
  });
}

type ImagesFor = Pick<
  PretrainConfig,
  'data' | 'plain' | 'groups' | 'groupPattern' | 'fold' | 'seed' | 'labels' | 'validation' | 'size'
> &
  Partial<
    Pick<PretrainConfig, 'transductive' | keyof PixelSettings | 'dataFormat' | 'maskSuffix' | 'unmarked'>
  >;

/**
 * The images to pretrain on. With a data folder its validation images, of all budgets, validate here, too, and neither they nor the
 * test images nor any others of the lists `val.txt` and `test.txt` are trained on, nor their duplicates and groups, also where they
 * lie in the folder of plain images. Transductive: of all these only those that validate here are not trained on.
 */
export async function pretrainingImages(
  config: ImagesFor,
  listener: Listener = {},
): Promise<{ train: Sample[]; validation: Sample[]; warnings: string[]; passedOver?: string }> {
  const folder = config.data ? await readGroupedFolder(config.data, config) : undefined;
  const plain = config.plain
    ? await grouped(
        await readPlainImages(config.plain, { ...parseSize(config.size), pages: config.pages }, listener),
        config,
      )
    : undefined;
  const all = [...(folder?.samples ?? []), ...(plain ?? [])];
  const clusterOf = await findDuplicates(all, readingOf(config), progressOf(listener, 'reading images'));
  const wholeOf = joined(all, clusterOf);
  if (!folder) return { ...carve(plain!, config, wholeOf), warnings: [] };
  // Without masks there is no budget to take validation images from.
  const masked = folder.samples.some((sample) => sample.mask !== undefined);
  const splits = drawsOf(config).map((draw) =>
    splitSamples(folder, {
      ...draw,
      ...(!masked && { labels: 'all', validation: false }),
      clusterOf,
      transductive: config.transductive,
    }),
  );
  const validation = [...new Set(splits.flatMap((draw) => draw.validation))];
  const kept = splits.map(({ plain }) => new Set(plain));
  const pretraining = new Set(splits[0].plain.filter((sample) => kept.every((set) => set.has(sample))));
  const left = config.transductive
    ? keeping(validation, () => undefined)
    : keeping(
        folder.samples.filter((sample) => !pretraining.has(sample)),
        wholeOf,
      );
  const train = (plain ?? [...pretraining]).filter((sample) => !left(sample));
  const warnings = [...new Set(splits.flatMap((draw) => draw.warnings))];
  if (plain && train.length < plain.length) {
    const named = new Set(folder.samples.filter(left).map(({ stem }) => stem));
    const byName = plain.filter(({ stem }) => named.has(stem)).length;
    const count = plain.length - train.length;
    const others = all.some(({ group }) => group !== undefined)
      ? ', or are duplicates of images that do, or of their groups'
      : ', or are duplicates of images that do';
    const why = `they validate or test${byName < count ? others : ''}`;
    warnings.push(`${count} images of ${config.plain} are left out: ${why}`);
  }
  if (train.length === 0) throw noImages(config, folder);
  const told = { warnings, passedOver: passedOverText(folder.passedOver) };
  if (!masked) return { ...carve(train, config, wholeOf), ...told };
  return { train, validation, ...told };
}

function carve(
  plain: readonly Sample[],
  { seed, validation, plain: folder, data }: ImagesFor,
  clusterOf: GroupOf<Sample>,
): { train: Sample[]; validation: Sample[] } {
  if (!validation) return { train: [...plain], validation: [] };
  const source = folder ? `--plain ${folder}` : `--data ${data}`;
  const count = Math.min(MOST_PLAIN_VALIDATION, Math.max(2, Math.floor(plain.length / 8)));
  if (plain.length <= count) {
    throw new UserError({
      what: source,
      got: plain.length === 1 ? '1 image' : `${plain.length} images`,
      expected: 'at least 3, of which 2 validate',
      fix: 'add images or pass --no-validation',
    });
  }
  const drawn = new RandomStream(seed, 'validation').shuffled(plain);
  const held = new Set(firstWhole(drawn, count, clusterOf));
  const train = plain.filter((sample) => !held.has(sample));
  const validating = plain.filter((sample) => held.has(sample));
  const [group] = dividedGroups([train, validating]);
  if (group === undefined) return { train, validation: validating };
  throw new UserError({
    what: source,
    got: `${plain.length} images that all belong together, with group ${group}`,
    expected: 'images of two groups: one validates, one trains',
    fix: 'add images of another group, or pass --no-validation',
  });
}

function noImages({ plain, data }: ImagesFor, folder: DataFolder | undefined): UserError {
  return new UserError({
    what: plain ? `--plain ${plain}` : `--data ${data}`,
    got: `no image that neither validates nor tests (of ${folder?.samples.length ?? 0})`,
    expected: 'images to train on',
  });
}
