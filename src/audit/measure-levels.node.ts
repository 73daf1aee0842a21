import { partOf } from '../core/parts.ts';
import type { Tensors } from '../core/tensor.ts';
import { type BatchSource, imageRequest } from '../data/loading/batch.ts';
import { batches } from '../eval/predictor.ts';
import type { LevelResult } from '../records/audit-result.ts';
import { LinearCka } from './measures/cka.ts';
import { thinned } from './measures/levels.ts';
import { areaUnderCurve, LinearProbe, labelsAt } from './measures/linear-probe.ts';
import type { LevelFeatures, SplitNetwork } from './split-network.node.ts';

/** Images with masks. */
export interface MaskedImages extends BatchSource {
  readonly count: number;
  /** In which plane of a mask the object is, and by which labels. */
  readonly plane: number;
  isObject(label: number): boolean;
}

/** Weights of the decoder beside the network's own: initial ones, and those that its training started from. */
export interface OtherWeights {
  readonly untrained: Tensors;
  readonly before?: Tensors;
}

/** The largest number of positions of an image that are used. */
const POSITIONS = 1024;

/**
 * How well the encoder's taps and the levels of a decoder separate the object from background: a linear probe, fitted on a few
 * images and scored on others by the area under its ROC curve. And how far training has changed the levels: linear CKA of
 * a level before and after it.
 */
export async function measureLevels(
  network: SplitNetwork,
  weights: OtherWeights,
  images: { readonly fit: MaskedImages; readonly test: MaskedImages },
): Promise<LevelResult[]> {
  const decoders = {
    trained: await network.levels(network.network.weights),
    untrained: await network.levels(weights.untrained),
    before: weights.before && (await network.levels(weights.before)),
  };
  const probes = new Map<string, Probe>();
  const probeOf = ({ name, channels }: Level, set: string): Probe => {
    const key = `${set} ${name}`;
    if (!probes.has(key)) probes.set(key, new Probe(channels));
    return probes.get(key)!;
  };
  for await (const sets of representations(network, decoders, images.fit))
    for (const [set, levels] of sets) for (const level of levels) probeOf(level, set).learn(level);

  const alike = new Map<string, LinearCka>();
  for await (const sets of representations(network, decoders, images.test)) {
    for (const [set, levels] of sets) for (const level of levels) probeOf(level, set).judge(level);
    for (const [i, before] of (sets.get('before') ?? []).entries()) {
      const { name, channels, labels } = before;
      if (!alike.has(name)) alike.set(name, new LinearCka(channels, channels));
      alike.get(name)!.add(before.features, sets.get('trained')![i].features, labels.length);
    }
  }

  const result = (set: string, { name, stride }: Pick<Level, 'name' | 'stride'>) => ({
    name,
    stride,
    auc: finite(probes.get(`${set} ${name}`)?.area()),
    auc_untrained: finite(probes.get(`untrained ${name}`)?.area()),
    cka_before: finite(alike.get(name)?.value()),
  });
  return [
    ...network.network.architecture.encoder.taps.map((tap) => result('taps', tap)),
    ...decoders.trained.levels.map((level) => result('trained', level)),
  ];
}

/** A representation of one image: features [C, positions] and whether a position is of the object. */
interface Level {
  readonly name: string;
  readonly stride: number;
  readonly channels: number;
  readonly features: Float32Array;
  readonly labels: Float32Array;
}

/** The features of the encoder and of each decoder, image by image. */
async function* representations(
  network: SplitNetwork,
  decoders: Readonly<Record<string, Awaited<ReturnType<SplitNetwork['levels']>> | undefined>>,
  source: MaskedImages,
): AsyncGenerator<Map<string, Level[]>> {
  const { size } = network.network;
  const area = size.height * size.width;
  for (const indices of batches(source.count, network.batch)) {
    const { input, mask } = await source.batch(imageRequest(indices));
    const taps = await network.encode(input);
    const found = new Map<string, readonly LevelFeatures[]>();
    found.set(
      'taps',
      network.network.architecture.encoder.taps.map((tap, path) => ({ ...tap, values: taps[path] })),
    );
    for (const [set, decoder] of Object.entries(decoders))
      if (decoder) found.set(set, await decoder.run(taps));
    for (const i of indices.keys()) {
      const part = (values: Float32Array) => partOf(values, i, indices.length);
      const objects = (mask: Float32Array) =>
        mask
          .subarray(source.plane * area, (source.plane + 1) * area)
          .map((label) => Number(source.isObject(label)));
      const levelOf = ({ name, stride, channels, values }: LevelFeatures): Level => ({
        name,
        stride,
        channels,
        features: thinned(part(values), channels, POSITIONS),
        labels: thinned(labelsAt(objects(part(mask!)), size, stride), 1, POSITIONS),
      });
      yield new Map(Array.from(found, ([set, levels]) => [set, levels.map(levelOf)]));
    }
  }
}

/** A linear probe with what it said of the images that test it. */
class Probe {
  readonly #probe: LinearProbe;
  readonly #scores: Float32Array[] = [];
  readonly #labels: Float32Array[] = [];
  #scoresOf: ((features: Float32Array) => Float32Array) | undefined;

  constructor(channels: number) {
    this.#probe = new LinearProbe(channels);
  }

  learn({ features, labels }: Level): void {
    this.#probe.add(features, labels);
  }

  judge({ features, labels }: Level): void {
    this.#scoresOf ??= this.#probe.solve();
    this.#scores.push(this.#scoresOf(features));
    this.#labels.push(labels);
  }

  area(): number {
    const joined = (parts: readonly Float32Array[]) => parts.flatMap((part) => [...part]);
    return areaUnderCurve(joined(this.#scores), joined(this.#labels));
  }
}

const finite = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value;
