import * as z from 'zod';
import {
  type AnnotatedImage,
  type AnnotatedObject,
  type AnnotatedSet,
  MOST_CLASSES,
  type SetClass,
  type Shape,
} from '../annotated-set.ts';
import { filesOfKind } from '../json-files.ts';
import { checked, damaged, inPairs, pointsOf, Tally } from '../reading.ts';
import { decompressed, fromColumns } from '../run-lengths/coco.ts';
import { baseOf, folderOf, type Source, stemOf } from '../source.ts';
import { splitIn } from '../splits.ts';

const id = z.union([z.int(), z.string()]);
const side = z.int().min(1).nullish();

const annotation = z.looseObject({
  id: id.optional(),
  image_id: id,
  category_id: id,
  iscrowd: z.union([z.number(), z.boolean()]).optional(),
  score: z.number().optional(),
  segmentation: z.unknown().optional(),
  keypoints: z.unknown().optional(),
});
type Annotation = z.output<typeof annotation>;

const dataset = z.looseObject({
  images: z.array(z.looseObject({ id, file_name: z.string().min(1), width: side, height: side })),
  annotations: z.array(annotation),
  categories: z
    .array(z.looseObject({ id, name: z.union([z.string(), z.number()]).transform(String) }))
    .optional(),
});

type Category = NonNullable<z.output<typeof dataset>['categories']>[number];

const runLengths = z.looseObject({
  size: z.tuple([z.int().min(1), z.int().min(1)]),
  counts: z.union([z.string(), z.array(z.number())]),
});

/** Images with what is collected for them. */
type OpenImage = AnnotatedImage & { readonly objects: AnnotatedObject[]; marked: number };

/** COCO's instances, one file or several with images of their own; or results, a bare list of masks. */
export async function readCoco(source: Source): Promise<AnnotatedSet> {
  const reader = new CocoReader();
  for await (const { file, value, kind } of filesOfKind(source, 'coco', 'coco results')) {
    const place = `${source.name}/${file}`;
    if (kind === 'coco') reader.addDataset(checked(dataset, value, place), file, place);
    else reader.addResults(checked(z.array(annotation), value, place), file, place);
  }
  return reader.set();
}

/**
 * Some tools list the name of the whole set first, as a category of no object. Where it is also that of a class, it is left out.
 */
function withoutHeadings(
  categories: readonly Category[],
  annotations: readonly Annotation[],
): readonly Category[] {
  const used = new Set(annotations.map(({ category_id: id }) => id));
  const names = categories.map(({ name }) => name);
  return categories.filter(({ id, name }) => used.has(id) || names.indexOf(name) === names.lastIndexOf(name));
}

class CocoReader {
  readonly #tally = new Tally();
  readonly #names = new Map<string, string>();
  readonly #images: OpenImage[] = [];
  /** Those of results, by what these call them. */
  readonly #ofResults = new Map<string, OpenImage>();

  addDataset(
    { images, annotations, categories = [] }: z.output<typeof dataset>,
    teller: string,
    place: string,
  ): void {
    for (const { id, name } of withoutHeadings(categories, annotations))
      this.#addClass(String(id), name, place);
    // The name of the file tells the part of the data, or that of its folder.
    const split = splitIn(stemOf(teller)) ?? splitIn(baseOf(folderOf(teller).slice(0, -1)));
    const own = new Map<string, OpenImage>();
    for (const { id, file_name: file, width, height } of images) {
      if (own.has(String(id))) throw damaged(place, `the image id ${id} twice`, 'an id for each image');
      const size = width && height ? { size: { width, height } } : {};
      const part = split === undefined ? {} : { split };
      const image = { file, teller, id: String(id), objects: [], marked: 0, ...size, ...part };
      own.set(String(id), image);
      this.#images.push(image);
    }
    for (const [i, each] of annotations.entries()) {
      const where = `${place}, annotation ${each.id ?? i + 1}`;
      const image = own.get(String(each.image_id));
      if (!image) throw damaged(where, `the image id ${each.image_id}`, 'the id of an image in the file');
      if (!this.#names.has(String(each.category_id))) {
        throw damaged(
          where,
          `the category ${each.category_id}`,
          'the id of a category in the file',
          'add it to "categories"',
        );
      }
      this.#add(image, each, where);
    }
  }

  addResults(annotations: readonly Annotation[], teller: string, place: string): void {
    this.#tally.add('{list|lists} of results without images and names: they are called by their numbers');
    for (const [i, each] of annotations.entries()) {
      const file = String(each.image_id);
      const category = String(each.category_id);
      if (!this.#names.has(category)) this.#addClass(category, `category ${category}`, place);
      const image = this.#ofResults.get(file) ?? { file, teller, id: file, objects: [], marked: 0 };
      if (!this.#ofResults.has(file)) this.#images.push(image);
      this.#ofResults.set(file, image);
      this.#add(image, each, `${place}, result ${i + 1}`);
    }
  }

  set(): AnnotatedSet {
    const images = this.#images.map(({ marked, objects, ...image }): AnnotatedImage => {
      const seen = this.#tally.seen(objects, marked);
      return seen ? { ...image, objects: seen } : image;
    });
    const notes = this.#tally.notes();
    const classes = this.#classes(notes);
    return { classes, images, notes };
  }

  #addClass(id: string, name: string, place: string): void {
    const known = this.#names.get(id);
    const other = [...this.#names].find(([otherId, otherName]) => otherName === name && otherId !== id);
    if (other || (known !== undefined && known !== name)) {
      throw damaged(
        place,
        `the category ${id} "${name}", beside ${other?.[0] ?? id} "${other?.[1] ?? known}"`,
        'one name for each id',
        'rename one of them',
      );
    }
    this.#names.set(id, name);
  }

  #add(image: OpenImage, each: Annotation, where: string): void {
    if (Array.isArray(each.keypoints))
      this.#tally.add('{annotation has|annotations have} key points: left out');
    image.marked++;
    const { shape, size } = this.#shapeOf(each.segmentation, image, where);
    if (!shape) return;
    if (size && !image.size) Object.assign(image, { size });
    image.objects.push({
      label: this.#names.get(String(each.category_id))!,
      shape,
      ...(each.id !== undefined && { id: String(each.id) }),
      ...(each.iscrowd && { crowd: true }),
      ...(each.score !== undefined && { score: each.score }),
    });
  }

  #shapeOf(
    segmentation: unknown,
    image: AnnotatedImage,
    where: string,
  ): { shape?: Shape; size?: AnnotatedImage['size'] } {
    if (Array.isArray(segmentation)) {
      // Some tools leave out the outer list of a single polygon.
      const lists: unknown[] = typeof segmentation[0] === 'number' ? [segmentation] : segmentation;
      const rings = lists.flatMap((list, i) => {
        const place = `${where}, polygon ${i + 1}`;
        if (!Array.isArray(list)) throw damaged(place, JSON.stringify(list), 'a list of numbers');
        const ring = this.#tally.ring(pointsOf(inPairs(list, place), place));
        return ring ? [ring] : [];
      });
      if (lists.length === 0)
        this.#tally.add('{annotation has a box only|annotations have boxes only}, no outline: left out');
      return rings.length > 0 ? { shape: { parts: rings.map((ring) => [ring]) } } : {};
    }
    if (segmentation === undefined || segmentation === null) {
      this.#tally.add('{annotation has a box only|annotations have boxes only}, no outline: left out');
      return {};
    }
    const {
      size: [height, width],
      counts,
    } = checked(runLengths, segmentation, where);
    const told = image.size ?? { width, height };
    if (told.width !== width || told.height !== height) {
      throw damaged(
        where,
        `run lengths of ${width} x ${height} pixels`,
        `${told.width} x ${told.height}, as the image has`,
      );
    }
    const runs = typeof counts === 'string' ? decompressed(counts, where) : counts;
    return { shape: { bitmap: fromColumns(runs, told, where) }, size: told };
  }

  /** Numbers are the ids, if these can be numbers of classes. */
  #classes(notes: string[]): SetClass[] {
    const ids = [...this.#names.keys()].sort((a, b) => Number(a) - Number(b));
    const own = ids.every((id) => /^[1-9]\d{0,4}$/.test(id) && Number(id) <= MOST_CLASSES);
    if (!own)
      notes.push(`category ids are numbered anew from 1, as some are no numbers from 1 to ${MOST_CLASSES}`);
    return ids.map((id, i) => ({ number: own ? Number(id) : i + 1, name: this.#names.get(id)! }));
  }
}
