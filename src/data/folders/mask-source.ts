import type { PackedObjects } from '../../annotations/packed.ts';
import type { Size } from '../../core/size.ts';
import { placeOf } from '../decode/page.ts';

/** Where a mask comes from: a file, a file for each class, or what annotations mark in the image. */
export type MaskSource = string | MaskFiles | MarkedObjects;

/** Where each class has a folder of masks. */
export interface MaskFiles {
  /** Paths of those that there are, by the name of their class. */
  readonly files: Readonly<Record<string, string>>;
}

/** Objects that are drawn in an image of this size, upright. */
export interface MarkedObjects extends Size {
  /** Where they were read and of which image, for messages. */
  readonly place: string;
  readonly objects: PackedObjects;
  /** The numbers of their labels, where these are classes. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** The paths of a mask, as samples have them: files, or pages of them. */
export function maskPaths(mask: MaskSource | undefined): string[] {
  if (typeof mask === 'string') return [mask];
  return mask && 'files' in mask ? Object.values(mask.files) : [];
}

/** The files of a mask. */
export function maskFiles(mask: MaskSource | undefined): string[] {
  return maskPaths(mask).map((path) => placeOf(path).file);
}

/** What a mask is called in messages. */
export function maskName(mask: MaskSource): string {
  if (typeof mask === 'string') return mask;
  return 'files' in mask ? Object.values(mask.files)[0] : mask.place;
}
