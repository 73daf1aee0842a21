import { numberIn, parseCsv } from '../core/csv.ts';
import { eachOf } from '../core/each.ts';
import { UserError } from '../core/errors.ts';
import { progressOf } from '../core/events.ts';
import { readText } from '../core/files.node.ts';
import { mean } from '../core/mean.ts';
import { quantile } from '../core/quantile.ts';
import { decodeImageTo } from '../data/decode/decode.node.ts';
import { type Sample, stemOf } from '../data/folders/folder.node.ts';
import { BACKGROUND, type Labelling, type LabelMap, UNKNOWN } from '../data/masks/labelling.ts';
import { readMask } from '../data/masks/read-mask.node.ts';
import { isError } from '../eval/score-columns.ts';
import type { RunContext } from '../events/run-event.ts';
import { RUN } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import { labellingOf } from '../settings/masks.ts';
import { readingOf } from '../settings/pixels.ts';
import { clustersOfPoints } from '../stats/clusters.ts';
import { compareSubgroups, type Division, type Subgroup, worstOf } from '../stats/subgroups.ts';
import { chooseSamples } from './choose-samples.node.ts';
import { masksOf } from './cross-validate.node.ts';
import type { OpenedRun } from './open-run.node.ts';
import { trainingOf } from './retrain.node.ts';
import type { SubgroupsSettings } from './settings.ts';

/** How a run scores on parts of its images. */
export interface SubgroupScores {
  readonly metric: string;
  /** Whose scores they are: of test images, or of masks that were held out in turn. */
  readonly of: 'test' | 'held-out';
  readonly images: number;
  readonly mean: number;
  readonly subgroups: readonly Subgroup[];
  /** The one that is worse than all other images by most, if there is one of which that can be said. */
  readonly worst?: Subgroup;
}

/**
 * How a run scores on parts of its test images, or where it has none of the masks that were held out in turn: by group, by the size
 * of what is to be marked, by colour, and by the columns of a table.
 *
 * @throws UserError for a run without scores, and for a table that says nothing of its images
 */
export async function subgroupsOf(
  run: OpenedRun,
  { metric, columns }: SubgroupsSettings,
  context: RunContext,
): Promise<SubgroupScores> {
  const config = trainingOf(run);
  const { of, rows, samples } = await scoredImages(run);
  const scoreOf = new Map(rows.map((row) => [row.stem, numberIn(row[metric])]));
  const scored = samples.filter(({ stem }) => scoreOf.get(stem) !== undefined);
  if (scored.length === 0) {
    throw new UserError({
      what: '--metric',
      got: metric,
      expected: `a column of scores: ${Object.keys(rows[0])
        .filter((name) => numberIn(rows[0][name]) !== undefined)
        .join(', ')}`,
    });
  }
  const values = scored.map(({ stem }) => scoreOf.get(stem)!);
  const labelling = labellingOf(config);
  const told = progressOf(context, 'reading images');
  let done = 0;
  const looks = await eachOf(scored, 16, async (sample) => {
    const look = await lookOf(sample, labelling, config);
    told(++done, scored.length);
    return look;
  });
  const divided = [
    sizes(looks.map(({ marked }) => marked)),
    colours(looks.map(({ colour }) => colour)),
    ...(columns === undefined ? [] : await divisionsOfTable(columns, scored)),
  ];
  const subgroups = compareSubgroups(values, [
    // Of a group itself its images are what is drawn anew.
    {
      ...named(
        'group',
        scored.map(({ group }) => group),
      ),
      units: scored.map(({ stem }) => stem),
    },
    ...divided.map((each) => ({ ...each, units: scored.map(({ stem, group }) => group ?? stem) })),
  ]);
  const worst = worstOf(subgroups, isError(metric));
  return {
    ...{ metric, of, images: scored.length, mean: mean(values), subgroups },
    ...(worst && { worst }),
  };
}

/** The images that are scored, with the rows of their scores. */
async function scoredImages(run: OpenedRun): Promise<{
  readonly of: SubgroupScores['of'];
  readonly rows: readonly Readonly<Record<string, string>>[];
  readonly samples: readonly Sample[];
}> {
  const tested = (await readEntry(run.path, RUN.test)) ?? [];
  if (tested.length > 0)
    return { of: 'test', rows: tested, samples: (await chooseSamples(run, { split: 'test' })).samples };
  const heldOut = (await readEntry(run.path, RUN.heldOut)) ?? [];
  if (heldOut.length > 0) return { of: 'held-out', rows: heldOut, samples: await masksOf(run) };
  throw new UserError({
    what: run.path,
    got: 'no scores of images that it has not learned from',
    expected: 'a run with test images, or masks that were held out',
    fix: `hold out masks in turn: npx fewmask expect ${run.path}`,
  });
}

/** How images are divided, before it is known what is drawn anew. */
type Divided = Omit<Division, 'units'>;

/** At this size colours are looked at. */
const SMALL = { width: 32, height: 32 };

async function lookOf(
  sample: Sample,
  labelling: Labelling,
  config: Parameters<typeof readingOf>[0],
): Promise<{ readonly marked: number; readonly colour: readonly number[] }> {
  const { image } = await decodeImageTo(sample.image, SMALL, { reading: readingOf(config) });
  const colour = [0, 1, 2].map((c) => mean(image.data.filter((_, i) => i % 3 === c)));
  return { marked: shareMarked((await readMask(sample, labelling)).at(), labelling), colour };
}

/** The share of an image that is of any class. */
function shareMarked({ data, planes }: LabelMap, { classes, multilabel }: Labelling): number {
  const area = data.length / planes;
  const isMarked = (label: number) =>
    label !== UNKNOWN && (multilabel ? label === 1 : classes[label].name !== BACKGROUND);
  let marked = 0;
  for (let i = 0; i < area; i++) {
    for (let plane = 0; plane < planes; plane++) {
      if (!isMarked(data[plane * area + i])) continue;
      marked++;
      break;
    }
  }
  return marked / area;
}

const percent = (share: number) => `${(100 * share).toPrecision(2)} %`;
const EMPTY = 'nothing marked';

/** Thirds by how much of an image is marked. */
function sizes(shares: readonly number[]): Divided {
  const { parts, of } = thirds(
    'size',
    shares.map((share) => (share > 0 ? share : undefined)),
    percent,
  );
  return { name: 'size', parts: [EMPTY, ...parts], of: of.map((part, i) => (shares[i] > 0 ? part : EMPTY)) };
}

/** Texts as they are, in their order. */
const named = (name: string, of: readonly (string | undefined)[]): Divided => ({
  ...{ name, of },
  parts: [...new Set(of)]
    .filter((part) => part !== undefined)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true })),
});

const COLOURS = 3;

/** Clusters of mean colours, dark to light. */
function colours(means: readonly (readonly number[])[]): Divided {
  const of = clustersOfPoints(means, COLOURS);
  const names = [...new Set(of)]
    .sort((a, b) => a - b)
    .map((k) => {
      const own = means.filter((_, i) => of[i] === k);
      const rgb = [0, 1, 2].map((c) => Math.round(mean(own.map((colour) => colour[c]))));
      return `#${rgb.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
    });
  return { name: 'colour', parts: names, of: of.map((k) => names[k]) };
}

/** Numbers in three parts of about one size, named by their ranges. */
function thirds(
  name: string,
  values: readonly (number | undefined)[],
  text: (value: number) => string,
): Divided {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  if (sorted.length === 0) return { name, parts: [], of: values.map(() => undefined) };
  const [low, high] = [quantile(sorted, 1 / 3), quantile(sorted, 2 / 3)];
  const parts = [`up to ${text(low)}`, `${text(low)} to ${text(high)}`, `over ${text(high)}`];
  const partOf = (value: number) => parts[value <= low ? 0 : value <= high ? 1 : 2];
  return { name, parts, of: values.map((value) => (value === undefined ? undefined : partOf(value))) };
}

/** A column with more numbers than this is divided into thirds. */
const FEW_NUMBERS = 6;

/** A division for each column of a table beside that of the stems. */
async function divisionsOfTable(file: string, samples: readonly Sample[]): Promise<Divided[]> {
  const rows = parseCsv(await readText(file, 'a CSV file with the column stem'), file);
  const rowOf = new Map(rows.map((row) => [stemOf(row.stem ?? ''), row]));
  const own = samples.map(({ stem }) => rowOf.get(stem) ?? {});
  const names = Object.keys(rows[0] ?? {}).filter((name) => name !== 'stem');
  if (rows.length === 0 || !('stem' in rows[0]) || names.length === 0) {
    throw new UserError({
      what: file,
      got: rows.length === 0 ? 'no rows' : `the columns ${Object.keys(rows[0]).join(', ')}`,
      expected: 'the column stem, and others such as device or patient',
    });
  }
  if (own.every((row) => Object.keys(row).length === 0)) {
    throw new UserError({
      what: file,
      got: `no row of an image that is scored, such as ${samples[0].stem}`,
      expected: 'the names of images in the column stem',
    });
  }
  return names.map((name) => {
    const texts = own.map((row: Readonly<Record<string, string>>) => row[name] || undefined);
    const numbers = texts.map(numberIn);
    const areNumbers = texts.every((text, i) => text === undefined || numbers[i] !== undefined);
    const several = new Set(texts).size > FEW_NUMBERS;
    return areNumbers && several ? thirds(name, numbers, String) : named(name, texts);
  });
}
