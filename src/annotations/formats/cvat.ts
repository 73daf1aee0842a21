import type { Format, Holds } from '../format.ts';
import { annotationFiles, type Source } from '../source.ts';
import { readCvat } from './cvat-read.ts';
import { writeCvat } from './cvat-write.ts';

const holds: Holds = {
  pixels: 'masks',
  holes: false,
  parts: 'grouped',
  groups: 'own',
  objects: true,
  crowd: false,
  ids: false,
  scores: false,
  colours: true,
  numbers: 'place',
  splits: true,
  unseen: false,
  unknown: 'class',
};

/** CVAT for images 1.1: one XML file. */
export const cvat: Format = {
  name: 'cvat',
  title: 'CVAT for images',
  holds,
  recognise,
  read: readCvat,
  imagePath: ({ file }) => `images/${file}`,
  write: (set, options) => writeCvat(set, options, holds),
};

async function recognise(source: Source): Promise<string | undefined> {
  for (const file of annotationFiles(source, /\.xml$/i)) {
    if (/<annotations[\s>]/.test((await source.text(file)).slice(0, 2000))) return file;
  }
  return undefined;
}
