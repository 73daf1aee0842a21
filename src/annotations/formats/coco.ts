import type { Format, Holds } from '../format.ts';
import { recogniseJson } from '../json-files.ts';
import { readCoco } from './coco-read.ts';
import { writeCoco } from './coco-write.ts';

const holds: Holds = {
  pixels: 'masks',
  holes: false,
  parts: 'own',
  groups: 'joined',
  objects: true,
  crowd: true,
  ids: true,
  scores: true,
  colours: false,
  numbers: 'own',
  splits: true,
  unseen: false,
  unknown: 'class',
};

/** COCO's instances in JSON, and its results. */
export const coco: Format = {
  name: 'coco',
  title: 'COCO',
  holds,
  recognise: (source) => recogniseJson(source, 'coco', 'coco results'),
  read: readCoco,
  imagePath: ({ file }) => `images/${file}`,
  write: (set, options) => writeCoco(set, options, holds),
};
