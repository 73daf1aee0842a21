import { UserError } from '../core/errors.ts';
import {
  type Encoder,
  type EncoderInput,
  IMAGENET_INPUT,
  SYMMETRIC_INPUT,
  UNIT_INPUT,
} from '../nn/encoder.ts';

/** Scales of images that have names; beside them `own`, that of the encoder's own training. */
const NAMED: Readonly<Record<string, EncoderInput>> = {
  unit: UNIT_INPUT,
  symmetric: SYMMETRIC_INPUT,
  imagenet: IMAGENET_INPUT,
};

/**
 * How images are scaled for an encoder: `own`, a name, or mean and deviation of images in [0, 1], as
 * `0.5,0.5,0.5/0.2,0.2,0.2`.
 *
 * @returns undefined for `own`
 * @throws UserError for anything else
 */
export function parseEncoderInput(text: string): EncoderInput | undefined {
  if (text === 'own') return undefined;
  const named = Object.hasOwn(NAMED, text) ? NAMED[text] : undefined;
  if (named) return named;
  const parts = text.split('/').map(threeNumbers);
  const [mean, std] = parts;
  if (parts.length === 2 && mean && std?.every((value) => value > 0)) {
    // Of images in 0..255 they are far from this.
    if ([...mean, ...std].every((value) => value <= 1) && mean.every((value) => value >= 0))
      return { mean, std };
  }
  throw new UserError({
    what: 'encoderInput',
    got: JSON.stringify(text),
    expected: `own, ${Object.keys(NAMED).join(', ')}, or mean and deviation of images in [0, 1] such as 0.5,0.5,0.5/0.2,0.2,0.2`,
  });
}

/** An encoder that is fed images in another scale than its own. @throws UserError for a text that is no scale */
export function withInput(encoder: Encoder, text = 'own'): Encoder {
  const input = parseEncoderInput(text);
  return input ? { ...encoder, input } : encoder;
}

/** The one spelling of it, which `parseEncoderInput` reads. */
export function formatEncoderInput(text: string): string {
  const input = parseEncoderInput(text);
  if (!input || Object.hasOwn(NAMED, text)) return text;
  return `${input.mean.join()}/${input.std.join()}`;
}

/** `0.5,0.5,0.5` or `[0.5, 0.5, 0.5]`. */
export function threeNumbers(text: string): readonly [number, number, number] | undefined {
  const values = text.replace(/^\s*\[|\]\s*$/g, '').split(',');
  const numbers = values.map((value) => (value.trim() === '' ? Number.NaN : Number(value)));
  return numbers.length === 3 && numbers.every(Number.isFinite)
    ? (numbers as [number, number, number])
    : undefined;
}
