import { join, relative, resolve, sep } from 'node:path';
import type { AnnotatedImage, AnnotatedObject, SetClass } from '../annotations/annotated-set.ts';
import { MOST_CLASSES } from '../annotations/annotated-set.ts';
import type { Format, ToolFormat, WriteOptions } from '../annotations/format.ts';
import { FORMATS } from '../annotations/formats.ts';
import { piecesOf } from '../annotations/label-map.ts';
import { UserError } from '../core/errors.ts';
import { refuseExisting, writeWhole } from '../core/files.node.ts';
import type { Size } from '../core/size.ts';
import { foreground, type Labelling } from '../data/masks/labelling.ts';
import { objectsOf } from '../eval/objects.ts';
import type { ClassMask } from '../objectives/objective.ts';
import type { GivenImage } from './given-images.node.ts';

/** Predictions as annotations, which are written together when all of them are made. */
export class PredictedAnnotations {
  readonly #format: Format;
  readonly #classes: readonly SetClass[];
  readonly #out: string;
  readonly #options: WriteOptions;
  readonly #images: AnnotatedImage[] = [];

  /**
   * @param labelling what the network marks
   * @param images all that are predicted
   * @throws UserError if a file is there that would be written
   */
  constructor(
    name: ToolFormat,
    labelling: Labelling,
    images: readonly GivenImage[],
    { out, overwrite }: { readonly out: string; readonly overwrite: boolean },
  ) {
    this.#format = FORMATS[name];
    this.#classes = classesOf(labelling);
    this.#out = out;
    const places = new Map(
      images.flatMap(({ file, path }) => (path === undefined ? [] : [[file, path] as const])),
    );
    const imageAt = ({ file }: AnnotatedImage) => {
      const path = places.get(file);
      return path === undefined ? file : relative(resolve(out), resolve(path)).split(sep).join('/');
    };
    this.#options = { polygons: true, multilabel: false, imageAt };
    if (overwrite) return;
    const empty = images.map(({ file }) => ({ file, size: { width: 1, height: 1 }, objects: [] }));
    for (const { path } of this.#written(empty)) refuseExisting(join(out, path));
  }

  /** @returns the file that will hold it */
  add(image: GivenImage, masks: readonly ClassMask[], size: Size, native: Size): string {
    const objects = masks.flatMap((mask) => objectsIn(mask, size, native));
    const annotated = { file: image.file, size: native, objects };
    this.#images.push(annotated);
    // What belongs to one image, or to all of them, comes last.
    return join(this.#out, [...this.#written([{ ...annotated, objects: [] }])].at(-1)!.path);
  }

  async write(): Promise<void> {
    for (const { path, content } of this.#written(this.#images))
      await writeWhole(join(this.#out, path), content);
  }

  #written(images: readonly AnnotatedImage[]) {
    return this.#format.write({ classes: this.#classes, images, notes: [] }, this.#options);
  }
}

/** Each connected part of a mask as an object, its outlines simplified within half a pixel; its score is its mean probability. */
function objectsIn({ name, mask, probabilities }: ClassMask, from: Size, native: Size): AnnotatedObject[] {
  const measured = objectsOf([{ name, mask, probabilities }], from, native);
  const pieces = piecesOf({ ...native, data: mask }, { apart: true, polygons: true });
  return pieces.map(({ shape }, i) => ({
    label: name,
    shape,
    score: Number(measured[i].probability.toPrecision(6)),
  }));
}

/** Classes with their own numbers, if these are those of annotations: from 1, and 255 is none of one class alone. */
function classesOf(labelling: Labelling): SetClass[] {
  const classes = foreground(labelling);
  const own =
    labelling.maskValues !== 'light' && classes.every(({ number }) => number > 0 && number <= MOST_CLASSES);
  return classes.map(({ number, name, colour }, i) => ({ number: own ? number : i + 1, name, colour }));
}

export function paintsImages(run: string, format: ToolFormat): UserError {
  return new UserError({
    what: `--format ${format}`,
    got: `${run}, an autoencoder, which paints images`,
    expected: 'a network that marks objects',
    fix: 'take png or npy',
  });
}
