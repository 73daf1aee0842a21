import { UserError } from '../core/errors.ts';
import type { TensorSpec, Tensors } from '../core/tensor.ts';
import { contentOf } from '../nn/context.ts';
import { type Encoder, layersOf } from '../nn/encoder.ts';
import { foldNorm } from '../nn/norm.ts';
import { mobileNetV2, mobileNetV2PyTorch } from './mobilenetv2.ts';
import {
  type NormedConv,
  normedConvSpecs,
  resNetNames,
  timmMobileNetNames,
  torchvisionMobileNetNames,
} from './pytorch-names.ts';
import { resNet18, resNet34, resNet50 } from './resnet.ts';

/** A way in which files hold the weights of an encoder. */
interface EncoderFormat {
  readonly encoder: Encoder;
  /** The tensors that such a file has, by the file's names. */
  readonly tensors: readonly TensorSpec[];
  /** How names of tensors begin that are of the classifier, though they begin as the encoder's. */
  readonly head?: string;
  /** The encoder's weights out of a file's: `encoder.tensors` by name, batch norm folded in. */
  convert(tensors: Tensors): Tensors;
}

/** A file that holds an encoder's weights as they are. */
const asIs = (encoder: Encoder): EncoderFormat => ({
  encoder,
  tensors: encoder.tensors,
  convert: (tensors) => tensors,
});

/** A file that holds each convolution with its batch norm beside it. */
function normed(encoder: Encoder, namesOf: (layer: string) => NormedConv, head?: string): EncoderFormat {
  const layers = layersOf(encoder);
  return {
    encoder,
    tensors: layers.flatMap(({ layer, shape }) => normedConvSpecs(namesOf(layer), shape)),
    head,
    convert: (tensors) =>
      new Map(
        layers.flatMap(({ layer }) => {
          const { conv, norm } = namesOf(layer);
          const { weight, bias } = foldNorm(
            tensors.get(`${conv}.weight`)!,
            (of) => tensors.get(`${norm}.${of}`)!.data,
          );
          return [
            [`${layer}.weight`, weight],
            [`${layer}.bias`, bias],
          ] as const;
        }),
      ),
  };
}

const RESNETS = [resNet18, resNet34, resNet50];

/** All that are read. */
const FORMATS: readonly EncoderFormat[] = [
  ...[mobileNetV2, ...RESNETS].map(asIs),
  ...RESNETS.map((encoder) => normed(encoder, resNetNames)),
  normed(mobileNetV2PyTorch, torchvisionMobileNetNames, 'features.18.'),
  normed(mobileNetV2PyTorch, timmMobileNetNames),
];

/** What names of all tensors may begin with, where the encoder was a part of something. */
const PREFIXES = ['module.', 'model.', 'encoder.', 'backbone.'];

/** How a file holds an encoder. */
interface FoundFormat extends EncoderFormat {
  /** What the names of all its tensors begin with. */
  readonly prefix: string;
}

/**
 * The format whose tensors' names are most like those of a file. It may have others, such as a classifier's, but none in the
 * parts of the encoder: it would be another network.
 *
 * @throws UserError if a file has nothing in common with any, or naming the first tensor that is too many
 */
export function formatOf(names: Iterable<string>, file: string): FoundFormat {
  const given = [...names].filter((name) => !name.endsWith('.num_batches_tracked'));
  const prefix = prefixOf(given);
  const found = new Set(given.map((name) => name.slice(prefix.length)));
  const alike = FORMATS.map((format) => {
    const shared = format.tensors.filter(({ name }) => found.has(name)).length;
    return { format, likeness: shared / (format.tensors.length + found.size - shared) };
  });
  const best = alike.reduce((best, each) => (each.likeness > best.likeness ? each : best));
  if (best.likeness === 0) {
    throw new UserError({
      what: file,
      got: `tensors such as ${given.slice(0, 3).join(', ') || 'none'}`,
      expected: `the weights of an encoder: ${[...new Set(FORMATS.map(({ encoder }) => encoder.name))].join(', ')}`,
      fix: 'see docs/encoders.md for the files that are read',
    });
  }
  expectNoOther(best.format, found, `${file}: tensor ${prefix}`);
  return { ...best.format, prefix };
}

function prefixOf(names: readonly string[], prefix = ''): string {
  const next = PREFIXES.find(
    (each) => names.length > 0 && names.every((name) => name.startsWith(prefix + each)),
  );
  return next ? prefixOf(names, prefix + next) : prefix;
}

function expectNoOther({ encoder, tensors, head }: EncoderFormat, found: ReadonlySet<string>, what: string) {
  const partOf = (name: string) => name.split('.', 1)[0];
  const known = new Set(tensors.map(({ name }) => name));
  const parts = new Set(tensors.map(({ name }) => partOf(name)));
  for (const name of found) {
    if (known.has(name) || !parts.has(partOf(name)) || (head && name.startsWith(head))) continue;
    throw new UserError({
      what: what + name,
      got: `a tensor that no ${encoder.name} has, which the file is most like`,
      expected: 'those of one of the encoders that are read',
      fix: 'see docs/encoders.md',
    });
  }
}

/**
 * The weights of an encoder out of a file.
 *
 * @throws UserError naming the first tensor that is missing or has another shape
 */
function weightsIn(tensors: Tensors, format: FoundFormat, file: string): Tensors {
  const whole = new Map(
    format.tensors.map(({ name, shape }) => [
      name,
      contentOf(tensors, { name: format.prefix + name, shape }, file),
    ]),
  );
  const converted = format.convert(whole);
  return new Map(format.encoder.tensors.map((spec) => [spec.name, contentOf(converted, spec, file)]));
}

/** In the metadata of an encoder's file that was made of another: the SHA-256 of that, by which networks know it. */
export const CONVERTED_FROM = 'converted_from_sha256';

/** An encoder and its weights, batch norm folded in. */
export interface EncoderWeights {
  readonly encoder: Encoder;
  readonly weights: Tensors;
}

/**
 * The encoder that the tensors of a file hold, known by their names.
 *
 * @throws UserError if they hold none, or naming the first tensor that is missing or has another shape
 */
export function encoderInTensors(tensors: Tensors, file: string): EncoderWeights {
  const format = formatOf(tensors.keys(), file);
  return { encoder: format.encoder, weights: weightsIn(tensors, format, file) };
}
