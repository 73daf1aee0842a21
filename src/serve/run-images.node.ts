import { numberIn } from '../core/csv.ts';
import { eachOf } from '../core/each.ts';
import { contentOf, hashOf } from '../data/decode/content.node.ts';
import { placeOf } from '../data/decode/page.ts';
import type { Sample } from '../data/folders/sample.ts';
import { RUN } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import type { SplitEntry } from '../records/run-records.ts';
import { chooseWeights } from '../runs/open-run.node.ts';
import { usesBy } from '../runs/seen.node.ts';
import { Bounded } from './bounded.ts';
import type { Dataset } from './dataset.node.ts';
import type { LookedImage, LookView, Numbers, UseName } from './look-api.ts';
import { versionOf } from './masks.node.ts';
import { fileVersion } from './networks.node.ts';
import type { Predicted } from './predicted.node.ts';

/** So many files are read at once. */
const AT_ONCE = 8;

/** Of files that are known by their hashes. */
const MOST_HASHES = 100_000;

/** What the records of runs say of the images of a data folder, as far as these are still as they were then. */
export class RunImages {
  readonly #hashes = new Bounded<string>(MOST_HASHES);

  constructor(
    readonly dataset: Dataset,
    readonly predicted: Predicted,
  ) {}

  /** @param folder of a run */
  async of(folder: string, name: string): Promise<LookView> {
    const samples = this.dataset.samples;
    const settings = (await readEntry(folder, RUN.settings)) ?? {};
    const found = await readEntry(folder, RUN.expectation).catch(() => undefined);
    // Of other weights it says nothing.
    const expectation = found?.weights === chooseWeights(folder, 'auto') ? found : undefined;
    const tested = typeof settings.views === 'number' ? settings.views : 1;
    const views = expectation?.views ?? tested;
    const uses = await this.#usesOf(folder, settings.pretrained, samples);
    // Scores of other views are of other masks than those that are shown.
    const scores = views === tested ? await this.#testScores(folder, samples) : new Map();
    const heldOut = await heldOutScores(folder);
    const known = await this.predicted.known(folder, samples);
    const images = samples.map(({ stem, mask }): LookedImage => {
      const use = uses.get(stem) ?? 'none';
      const numbers: Numbers | undefined = known.get(stem) ?? scores.get(stem);
      const own = use === 'train' || use === 'validation' ? heldOut.get(stem) : undefined;
      return {
        ...{ stem, masked: mask !== undefined, use },
        ...(numbers && { numbers }),
        ...(own !== undefined && { heldOut: own }),
      };
    });
    return { ...{ name, views, tested, images }, expects: expectation !== undefined };
  }

  /** What images were to a run, by stem. They are known by the hashes of their files, not by their names. */
  async #usesOf(
    run: string,
    pretrained: unknown,
    samples: readonly Sample[],
  ): Promise<ReadonlyMap<string, UseName>> {
    const config = typeof pretrained === 'string' ? { pretrained } : {};
    const useOf = new Map<string, UseName>();
    for (const [hash, use] of await usesBy([{ path: run, config }]))
      if (use !== 'alike') useOf.set(hash, use);
    const splits = await readEntry(run, RUN.splits);
    for (const { image } of splits?.test ?? []) if (!useOf.has(image)) useOf.set(image, 'test');
    const found = await eachOf(samples, AT_ONCE, async ({ stem, image }) => {
      const use = useOf.get((await this.#hashOfImage(image)) ?? '');
      return use ? [[stem, use] as const] : [];
    });
    return new Map(found.flat());
  }

  /** What the run scored when it was tested, of images and masks that have not changed since. */
  async #testScores(run: string, samples: readonly Sample[]): Promise<ReadonlyMap<string, Numbers>> {
    const summary = await readEntry(run, RUN.summary).catch(() => undefined);
    if (summary?.kind !== 'train' || summary.interrupted || !summary.test) return new Map();
    const [splits, rows] = await Promise.all([readEntry(run, RUN.splits), readEntry(run, RUN.test)]);
    const entries = new Map((splits?.test ?? []).map((entry) => [entry.stem, entry]));
    const sampleOf = new Map(samples.map((sample) => [sample.stem, sample]));
    const found = await eachOf(rows ?? [], AT_ONCE, async (row) => {
      const [entry, sample] = [entries.get(row.stem), sampleOf.get(row.stem)];
      if (!entry || !sample || !(await this.#isSame(sample, entry))) return [];
      return [[row.stem, scoresIn(row)] as const];
    });
    return new Map(found.flat());
  }

  async #isSame({ image, mask }: Sample, entry: SplitEntry): Promise<boolean> {
    return (await this.#hashOfImage(image)) === entry.image && (await versionOf(mask)) === entry.mask;
  }

  /** Undefined of an image that cannot be read. */
  async #hashOfImage(image: string): Promise<string | undefined> {
    const key = `${image}\n${await fileVersion(placeOf(image).file)}`;
    const known = this.#hashes.get(key);
    if (known !== undefined) return known;
    const hash = await contentOf(image)
      .then(hashOf)
      .catch(() => undefined);
    if (hash !== undefined) this.#hashes.set(key, hash);
    return hash;
  }
}

/** Of a row of `test.csv`. */
function scoresIn(row: Readonly<Record<string, string>>): Numbers {
  const named = (['dice', 'iou', 'precision', 'recall'] as const).flatMap((metric) => {
    const value = numberIn(row[metric]);
    return value === undefined ? [] : [[metric, value] as const];
  });
  const classes = Object.entries(row).flatMap(([column, cell]) => {
    const [, name] = /^dice:(.+)$/.exec(column) ?? [];
    const dice = numberIn(cell);
    return name === undefined || dice === undefined ? [] : [{ name, dice }];
  });
  return { ...Object.fromEntries(named), ...(classes.length > 0 && { classes }) };
}

/** Of masks that were held out in turn. */
async function heldOutScores(run: string): Promise<ReadonlyMap<string, number>> {
  const rows = (await readEntry(run, RUN.heldOut).catch(() => undefined)) ?? [];
  return new Map(
    rows.flatMap(({ stem, dice }) => {
      const value = numberIn(dice);
      return value === undefined ? [] : [[stem, value] as const];
    }),
  );
}
