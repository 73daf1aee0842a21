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
