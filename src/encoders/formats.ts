import { UserError } from '../core/errors.ts';
import type { TensorSpec, Tensors } from '../core/tensor.ts';
import { contentOf } from '../nn/context.ts';
import type { Encoder } from '../nn/encoder.ts';
import { mobileNetV2 } from './mobilenetv2.ts';

/** A way in which files hold the weights of an encoder. */
export interface EncoderFormat {
  readonly encoder: Encoder;
  /** The tensors that such a file has, by the file's names; it may have others, such as a classifier's. */
  readonly tensors: readonly TensorSpec[];
  /** The encoder's weights out of a file's: `encoder.tensors` by name, batch norm folded in. */
  convert(tensors: Tensors): Tensors;
}

/** A file that holds an encoder's weights as they are. */
const asIs = (encoder: Encoder): EncoderFormat => ({
  encoder,
  tensors: encoder.tensors,
  convert: (tensors) => tensors,
});

/** All that are read. */
const FORMATS: readonly EncoderFormat[] = [asIs(mobileNetV2)];

/**
 * The format whose tensors' names are most like those of a file.
 *
 * @throws UserError if a file has nothing in common with any
 */
export function formatOf(names: Iterable<string>, file: string): EncoderFormat {
  const found = new Set(names);
  const alike = FORMATS.map((format) => {
    const shared = format.tensors.filter(({ name }) => found.has(name)).length;
    return { format, likeness: shared / (format.tensors.length + found.size - shared) };
  });
  const best = alike.reduce((best, each) => (each.likeness > best.likeness ? each : best));
  if (best.likeness > 0) return best.format;
  throw new UserError({
    what: file,
    got: `tensors such as ${[...found].slice(0, 3).join(', ') || 'none'}`,
    expected: `the weights of an encoder: ${FORMATS.map(({ encoder }) => encoder.name).join(', ')}`,
    fix: 'see docs/encoders.md for the files that are read',
  });
}

/**
 * The weights of an encoder out of a file.
 *
 * @throws UserError naming the first tensor that is missing or has another shape
 */
export function weightsIn(tensors: Tensors, { encoder, ...format }: EncoderFormat, file: string): Tensors {
  const whole = new Map(format.tensors.map((spec) => [spec.name, contentOf(tensors, spec, file)]));
  const converted = format.convert(whole);
  return new Map(encoder.tensors.map((spec) => [spec.name, contentOf(converted, spec, file)]));
}
