import { realpath, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { eachOf } from '../core/each.ts';
import { UserError } from '../core/errors.ts';
import { inform, type Listener, warn } from '../core/events.ts';
import { placeOf } from '../data/decode/page.ts';
import type { PixelReading } from '../data/decode/reading.ts';
import { readDataFolder, type Sample } from '../data/folders/folder.node.ts';
import { maskPaths } from '../data/folders/mask-source.ts';
import type { ClassList } from '../data/masks/classes-file.node.ts';
import { decideLabelling, type GivenLabelling } from '../data/masks/decide.ts';
import { type Labelling, ONE_OBJECT } from '../data/masks/labelling.ts';
import { labellingOfFolder } from '../data/masks/survey.node.ts';
import { givenLabelling } from '../settings/labelling.node.ts';
import { readingOf } from '../settings/pixels.ts';
import { withReading } from '../settings/reading.node.ts';
import type { DatasetView } from './api.ts';
import { type ReadingSettings, readingSchema } from './settings.ts';

/**
 * A data folder while it is served. Images are known by the stems of its listing alone: no path comes from a request, and what leads
 * out of the folder by a link is left out.
 */
export class Dataset {
  #samples: ReadonlyMap<string, Sample> = new Map();

  private constructor(
    /** In full, without links. */
    readonly root: string,
    readonly reading: ReadingSettings,
    readonly labelling: Labelling,
    /** How its images are read: what is shown is what a network is fed. */
    readonly pixels: PixelReading,
    /** Why masks cannot be changed here. */
    readonly readOnly: string | undefined,
    /** Where each class has a folder of masks. */
    readonly classFolders: readonly string[] | undefined,
  ) {}

  /** @throws UserError for a folder that cannot be used */
  static async open(
    data: string,
    reading: ReadingSettings = readingSchema.parse({}),
    listener: Listener = {},
  ): Promise<Dataset> {
    const found = await stat(data).catch(() => undefined);
    if (!found?.isDirectory())
      throw new UserError({
        what: data,
        got: found ? 'a file' : 'no such folder',
        expected: 'a data folder',
      });
    const root = await realpath(resolve(data));
    const folder = await readDataFolder(root, reading);
    const given = { ...(await givenLabelling(reading)), multilabel: reading.multilabel };
    const decided = await labellingOfFolder(folder, given);
    if (decided) inform(listener, decided.told);
    for (const warning of decided?.warnings ?? []) warn(listener, warning);
    const labelling = decided?.labelling ?? labellingOfList(given, folder.classes, root);
    const readOnly = folder.annotations
      ? 'its masks are annotations of another tool; to change them here convert the folder first: npx fewmask data convert'
      : undefined;
    const settled = await withReading(readingSchema, { ...reading, data: root }, listener);
    const pixels = readingOf(settled);
    const dataset = new Dataset(root, reading, labelling, pixels, readOnly, folder.classFolders);
    await dataset.refresh();
    return dataset;
  }

  /** Reads anew what is there. */
  async refresh(): Promise<void> {
    const { samples } = await readDataFolder(this.root, this.reading);
    const inside = await eachOf(samples, 16, async (sample) => {
      const files = [placeOf(sample.image).file, ...maskPaths(sample.mask)];
      const places = await Promise.all(files.map((file) => this.#holds(file)));
      return places.every(Boolean);
    });
    this.#samples = new Map(samples.filter((_, i) => inside[i]).map((sample) => [sample.stem, sample]));
  }

  /** Whether a file lies in the folder, links followed. */
  async #holds(file: string): Promise<boolean> {
    const place = await realpath(file).catch(() => undefined);
    return place !== undefined && `${place}${sep}`.startsWith(`${this.root}${sep}`);
  }

  get samples(): readonly Sample[] {
    return [...this.#samples.values()];
  }

  sample(stem: string): Sample | undefined {
    return this.#samples.get(stem);
  }

  /** Takes in that an image has a mask now. */
  masked(stem: string, mask: NonNullable<Sample['mask']>): void {
    const samples = new Map(this.#samples);
    samples.set(stem, { ...samples.get(stem)!, mask });
    this.#samples = samples;
  }

  /** Where a new mask is written, among the others; of several folders, one a class, in that of the class. */
  placeOfNew(stem: string, className?: string): string {
    const [first] = this.samples.flatMap(({ mask }) => maskPaths(mask));
    const [own] = first === undefined ? [] : relative(this.root, first).split(sep);
    const name = `${stem}${this.reading.maskSuffix ?? ''}.png`;
    return join(this.root, own ?? 'masks', className ?? '', name);
  }

  view(): DatasetView {
    const { classes, multilabel, ignore } = this.labelling;
    return {
      name: basename(this.root),
      classes: classes.map(({ name, colour }) => ({ name, colour })),
      ...{ multilabel, unknown: ignore.length > 0 },
      ...(this.readOnly !== undefined && { readOnly: this.readOnly }),
      images: this.samples.map(({ stem, mask }) => ({ stem, masked: mask !== undefined })),
    };
  }
}

/** Where there is no mask yet: the classes that were given, or those of the folder's list; without either one without a name. */
function labellingOfList(given: GivenLabelling, list: ClassList | undefined, root: string): Labelling {
  const { classes = list?.classes, ignore = list?.ignore } = given;
  if (!classes) return ONE_OBJECT;
  const maskValues = given.maskValues ?? (classes.length > 1 ? 'classes' : 'light');
  const { labelling } = decideLabelling([], { classes, ignore, maskValues }, root);
  return { ...labelling, multilabel: false };
}
