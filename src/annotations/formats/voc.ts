import type { Format, Holds } from '../format.ts';
import { readVoc } from './voc-read.ts';
import { writeVoc } from './voc-write.ts';

const holds: Holds = {
  pixels: 'map',
  holes: true,
  parts: 'own',
  groups: 'joined',
  objects: true,
  crowd: false,
  ids: false,
  scores: false,
  colours: true,
  numbers: 'own',
  splits: true,
  unseen: true,
  unknown: 'own',
};

/** PASCAL VOC: maps of class numbers and of object numbers, PNGs with a palette. */
export const voc: Format = {
  name: 'voc',
  title: 'PASCAL VOC',
  holds,
  recognise: async ({ files, only }) =>
    only === undefined ? files.find((path) => /(^|\/)SegmentationClass\/[^/]*\.png$/i.test(path)) : undefined,
  read: readVoc,
  imagePath: ({ file }) => `JPEGImages/${file}`,
  write: writeVoc,
};
