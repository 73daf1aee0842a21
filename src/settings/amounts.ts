import { UserError } from '../core/errors.ts';

/** `32,16,8` or numbers. */
export function parseChannels(channels: string | readonly number[]): number[] {
  const list = typeof channels === 'string' ? channels.split(',').map(Number) : [...channels];
  if (!list.every((channel) => Number.isInteger(channel) && channel > 0)) {
    throw new UserError({
      what: 'decoderChannels',
      got: String(channels),
      expected: 'counts from 1, as 256,128,64,32,16',
    });
  }
  return list;
}

/**
 * `0.75,1,1.25` or numbers, above 0.
 *
 * @param what and an example, for messages
 */
export function parseFactors(
  factors: string | number | readonly number[],
  what: string,
  example: string,
): number[] {
  const list = typeof factors === 'string' ? factors.split(',').map(Number) : [factors].flat();
  if (list.length === 0 || !list.every((factor) => Number.isFinite(factor) && factor > 0)) {
    throw new UserError({
      what,
      got: JSON.stringify(factors),
      expected: `factors above 0, as ${example}`,
    });
  }
  return list;
}

/** Bytes of `500MB`, `2GiB` or a number of bytes. */
export function parseBytes(amount: string | number): number {
  const units: Record<string, number> = {
    '': 1,
    KB: 1e3,
    MB: 1e6,
    GB: 1e9,
    KIB: 2 ** 10,
    MIB: 2 ** 20,
    GIB: 2 ** 30,
  };
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(String(amount).trim()) ?? [];
  const factor = units[unit?.toUpperCase()];
  if (!digits || !factor) {
    throw new UserError({ what: 'memory', got: String(amount), expected: 'an amount such as 500MB or 2GiB' });
  }
  return Math.floor(Number(digits) * factor);
}
