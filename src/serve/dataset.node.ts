import { realpath, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { eachOf } from '../core/each.ts';
import { UserError } from '../core/errors.ts';
import { inform, type Listener, warn } from '../core/events.ts';
import { placeOf } from '../data/decode/page.ts';
import type { PixelReading } from '../data/decode/reading.ts';
import { readDataFolder, type Sample } from '../data/folders/folder.node.ts';
import { type MaskSource, maskFiles, maskPaths } from '../data/folders/mask-source.ts';
import type { ClassList } from '../data/masks/classes-file.node.ts';
import { decideLabelling, type GivenLabelling } from '../data/masks/decide.ts';
import { type Labelling, ONE_OBJECT } from '../data/masks/labelling.ts';
import { labellingOfFolder } from '../data/masks/survey.node.ts';
import { givenLabelling } from '../settings/labelling.node.ts';
import { readingOf } from '../settings/pixels.ts';
import { withReading } from '../settings/reading.node.ts';
import type { DatasetView, READ_ONLY } from './api.ts';
import { Queue } from './queue.node.ts';
import { type ReadingSettings, readingSchema } from './settings.ts';

/**
 * A data folder while it is served. Images are known by the stems of its listing alone: no path comes from a request, and what leads
 * out of the folder by a link is left out.
 */
export class Dataset {
  #samples: ReadonlyMap<string, Sample> = new Map();
  /** For each reading of the folder that is under way, by stem the masks that were saved since it began: it may have missed them. */
  readonly #meanwhile = new Set<Map<string, MaskSource>>();
  /** Where masks are saved: one at a time. */
  readonly saves = new Queue();

  private constructor(
    /** In full, without links. */
    readonly root: string,
    readonly reading: ReadingSettings,
    readonly labelling: Labelling,
    /** Whether values of its masks are numbers of objects. */
    readonly objectNumbers: boolean,
    /** How its images are read: what is shown is what a network is fed. */
    readonly pixels: PixelReading,
    /** Whether its masks are annotations of another tool. */
    readonly annotated: boolean,
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
    const settled = await withReading(readingSchema, { ...reading, data: root }, listener);
    const pixels = readingOf(settled);
    const dataset = new Dataset(
      root,
      reading,
      labelling,
      decided?.objectNumbers ?? false,
      pixels,
      folder.annotations !== undefined,
      folder.classFolders,
    );
    const [first, ...others] = await dataset.refresh();
    if (first !== undefined)
      warn(
        listener,
        `${others.length + 1} of ${folder.samples.length} images are left out: links lead out of ${root}, such as ${first}; copy what they lead to into the folder, or move the folder there`,
      );
    return dataset;
  }

  /** Reads anew what is there. @returns of each image that is left out a file that lies outside of the folder */
  async refresh(): Promise<string[]> {
    const meanwhile = new Map<string, MaskSource>();
    this.#meanwhile.add(meanwhile);
    try {
      const { samples } = await readDataFolder(this.root, this.reading);
      const outside = await eachOf(samples, 16, async (sample) => {
        const files = [placeOf(sample.image).file, ...maskFiles(sample.mask)];
        const held = await Promise.all(files.map((file) => this.#holds(file)));
        return files.find((_, i) => !held[i]);
      });
      const found = samples.filter((_, i) => outside[i] === undefined);
      this.#samples = new Map(
        found.map((sample) => [sample.stem, { ...sample, mask: meanwhile.get(sample.stem) ?? sample.mask }]),
      );
      return outside.filter((file) => file !== undefined);
    } finally {
      this.#meanwhile.delete(meanwhile);
    }
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
  masked(stem: string, mask: MaskSource): void {
    for (const meanwhile of this.#meanwhile) meanwhile.set(stem, mask);
    const sample = this.#samples.get(stem);
    if (sample) this.#samples = new Map(this.#samples).set(stem, { ...sample, mask });
  }

  /** Where a new mask is written, among the others; of several folders, one a class, in that of the class. */
  placeOfNew(stem: string, className?: string): string {
    const [first] = this.samples.flatMap(({ mask }) => maskPaths(mask));
    const [own] = first === undefined ? [] : relative(this.root, first).split(sep);
    const name = `${stem}${this.reading.maskSuffix ?? ''}.png`;
    return join(this.root, own ?? 'masks', className ?? '', name);
  }

  /** Why the mask of an image cannot be changed here. */
  whyReadOnly({ mask }: Pick<Sample, 'mask'>): keyof typeof READ_ONLY | undefined {
    if (this.annotated) return 'annotations';
    return maskPaths(mask).some((path) => placeOf(path).page !== undefined) ? 'page' : undefined;
  }

  view(): DatasetView {
    const { classes, multilabel, ignore } = this.labelling;
    return {
      name: basename(this.root),
      classes: classes.map(({ name, colour }) => ({ name, colour })),
      ...{ multilabel, unknown: ignore.length > 0 },
      images: this.samples.map(({ stem, mask }) => {
        const readOnly = this.whyReadOnly({ mask });
        return { stem, masked: mask !== undefined, ...(readOnly && { readOnly }) };
      }),
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
