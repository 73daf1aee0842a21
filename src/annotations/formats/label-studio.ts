import type { Format, Holds } from '../format.ts';
import { recogniseJson } from '../json-files.ts';
import { readLabelStudio } from './label-studio-read.ts';
import { writeLabelStudio } from './label-studio-write.ts';

const holds: Holds = {
  pixels: 'masks',
  holes: false,
  parts: 'none',
  groups: 'none',
  objects: true,
  crowd: false,
  ids: true,
  scores: true,
  colours: true,
  numbers: 'place',
  splits: false,
  unseen: true,
  unknown: 'class',
};

/** Label Studio's JSON: outlines in percent of the image, and brushes. */
export const labelStudio: Format = {
  name: 'labelstudio',
  title: 'Label Studio',
  holds,
  recognise: (source) => recogniseJson(source, 'labelstudio'),
  read: readLabelStudio,
  imagePath: ({ file }) => `images/${file}`,
  write: (set, options) => writeLabelStudio(set, options, holds),
};
