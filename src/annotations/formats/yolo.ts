import type { Format, Holds } from '../format.ts';
import { readYolo, recogniseYolo } from './yolo-read.ts';
import { writeYolo } from './yolo-write.ts';

const holds: Holds = {
  pixels: 'none',
  holes: false,
  parts: 'none',
  groups: 'joined',
  objects: true,
  crowd: false,
  ids: false,
  scores: false,
  colours: false,
  numbers: 'place',
  splits: true,
  unseen: true,
  unknown: 'class',
};

/** YOLO's segmentation: a text file for each image, a line for each object, coordinates in shares of the image. */
export const yolo: Format = {
  name: 'yolo',
  title: 'YOLO',
  holds,
  recognise: recogniseYolo,
  read: readYolo,
  imagePath: ({ file, split = 'train' }) => `images/${split}/${file}`,
  write: (set, options) => writeYolo(set, options, holds),
};
