import type { MaskSource } from './mask-source.ts';

/** An image, known by its file name without the ending, and its mask if it has one. */
export interface Sample {
  readonly stem: string;
  /** Path of the image file, or of a page of it: `stack.tif#page=2`. */
  readonly image: string;
  /** Of an image that is one of several pages of a file: the stem of this. */
  readonly pageOf?: string;
  readonly mask?: MaskSource;
  /** Of plain images from several folders: of which one it is, from 1. */
  readonly source?: number;
  /** What it belongs to, such as a patient or a video, where groups are known. */
  readonly group?: string;
}
