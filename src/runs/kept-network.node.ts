import { basename } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { Listener } from '../core/events.ts';
import type { Sample } from '../data/folders/sample.ts';
import { readMask } from '../data/masks/read-mask.node.ts';
import { Ensemble } from '../eval/ensemble.node.ts';
import type { Scoring } from '../eval/scoring.ts';
import type { SegmentationScores, TestSummary } from '../objectives/segment.ts';
import { RUN } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import { labellingOf } from '../settings/masks.ts';
import { threadsOf } from '../settings/resolve.node.ts';
import type { TrainConfig } from '../settings/training.ts';
import { USUAL_LEVEL } from './expected-summary.ts';
import { type Expecter, openExpecter } from './expecter.node.ts';
import { fileImage } from './given-images.node.ts';
import { type OpenedRuns, openRuns } from './open-runs.node.ts';
import { outputFiles } from './output-files.node.ts';
import { groupByGroup, type PredictWork, tileByTile } from './predict-images.node.ts';
import type { Prediction } from './prediction.ts';
import { predictionPlaces } from './prediction-places.ts';
import { predictSchema } from './settings.ts';

/**
 * The network of a training while it is kept open, to be applied to images one by one, as `predict` applies it: with the views that the run was tested with,
 * or, where `fewmask expect` was run, with those that something is expected of.
 */
export class KeptNetwork {
  readonly #runs: OpenedRuns;
  readonly #ensemble: Ensemble;
  readonly #work: Omit<PredictWork, 'filesOf' | 'seen'>;

  private constructor(
    runs: OpenedRuns,
    ensemble: Ensemble,
    readonly config: TrainConfig,
    readonly expecter: Expecter | undefined,
  ) {
    this.#runs = runs;
    this.#ensemble = ensemble;
    const settings = { ...usual(runs.first.path), strict: true };
    this.#work = { run: runs.first, ensemble, settings, format: 'png', expecter };
  }

  /** @throws UserError for a folder without a network, and for one whose network marks nothing */
  static async open(run: string, listener: Listener = {}): Promise<KeptNetwork> {
    const runs = await openRuns(usual(run), listener);
    const { config, path, weights } = runs.first;
    if (config.kind !== 'train')
      throw new UserError({ what: path, got: 'an autoencoder', expected: 'a network that marks objects' });
    const record = runs.tiles ? undefined : await readEntry(run, RUN.expectation);
    const expecter =
      record?.weights === weights
        ? await openExpecter(runs, record, { level: USUAL_LEVEL, test: true })
        : undefined;
    const ensemble = await Ensemble.open(runs.networks, {
      ...runs.application,
      ...(expecter && { views: record!.views as typeof config.views }),
      batch: runs.tiles ? TILES_AT_ONCE : 1,
      threads: threadsOf('auto'),
      watched: expecter !== undefined,
    });
    return new KeptNetwork(runs, ensemble, config, expecter);
  }

  /** Which weights are applied, and over how many views of an image. */
  get applied(): { readonly weights: 'best' | 'last'; readonly views: number } {
    return { weights: this.#runs.first.weights, views: this.#ensemble.views };
  }

  /**
   * @param place.out folder for the files of the prediction, named by the image's stem; without it the prediction is returned
   * @throws UserError for an image that cannot be used
   */
  async predict(
    { image, stem }: Pick<Sample, 'image' | 'stem'>,
    { out }: { readonly out?: string } = {},
  ): Promise<Prediction> {
    const images = [fileImage({ path: image, file: basename(image), stem })];
    const filesOf = outputFiles(images, predictionPlaces(this.#runs.first.config, 'png'), {
      out,
      overwrite: true,
    });
    const work = { ...this.#work, filesOf, seen: [] };
    const { tiles } = this.#runs;
    for await (const made of tiles ? tileByTile(images, { ...work, tiles }) : groupByGroup(images, work)) {
      if ('problems' in made) throw made.problems[0];
      return made;
    }
    throw new UserError({ what: image, got: 'no prediction', expected: 'one' });
  }

  /**
   * What `evaluate` scores of an image with a mask.
   *
   * @param prediction that was returned, not written
   * @throws UserError for a mask that cannot be read, or that the run's classes do not explain
   */
  async score(sample: Sample, { probabilities }: Prediction): Promise<SegmentationScores> {
    const { objective } = this.#runs.first;
    const scoring = objective.scoring as unknown as Scoring<SegmentationScores, TestSummary>;
    const { shape, data: output } = probabilities!;
    const [, height, width] = shape;
    const mask = await readMask(sample, labellingOf(this.config));
    return scoring.score({
      ...{ output, size: { height, width }, input: NOTHING },
      mask: Float32Array.from(mask.at({ height, width }).data),
      truth: mask.at(),
    });
  }

  close(): Promise<void> {
    return this.#ensemble.close();
  }
}

/** Masks are scored without their image. */
const NOTHING = new Float32Array();

/** Of one image: they are small. */
const TILES_AT_ONCE = 4;

const usual = (run: string) => predictSchema.parse({ run, images: [] });
