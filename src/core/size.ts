import { UserError } from './errors.ts';

/** Height and width in pixels. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** `128`, `128x96` (height x width). */
export function parseSize(size: string | number): Size {
  const [, height, width] = /^(\d+)(?:x(\d+))?$/.exec(String(size).trim()) ?? [];
  if (!height) {
    throw new UserError({
      what: 'size',
      got: String(size),
      expected: 'N or HxW in pixels',
      fix: 'write for example 128 or 96x128',
    });
  }
  return { height: Number(height), width: Number(width ?? height) };
}

/**
 * Looks whether a size has pixels.
 *
 * @throws UserError for sides that are not whole numbers from 1
 */
export function expectSize({ height, width }: Size, what = 'size'): void {
  if ([height, width].every((side) => Number.isInteger(side) && side > 0)) return;
  throw new UserError({ what, got: `${height}x${width}`, expected: 'whole numbers from 1' });
}
