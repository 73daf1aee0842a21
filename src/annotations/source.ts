import type { UserError } from '../core/errors.ts';
import { isImage, withoutEnding } from '../core/image-endings.ts';
import type { Size } from '../core/size.ts';

/** How an image file is stored, and how large it is upright. */
export interface ImageSize extends Size {
  /** EXIF orientation, 1..8. Width and height are those after turning. */
  readonly orientation: number;
}

/** The files that annotations are read from; they may lie on a disk, in a browser or in an archive. */
export interface Source {
  /** For messages. */
  readonly name: string;
  /** Their paths, with `/`, sorted; without hidden ones. */
  readonly files: readonly string[];
  /** The one file that holds the annotations, if the user named it. */
  readonly only?: string;
  /** @throws UserError naming the file if it cannot be read; so do the others */
  text(path: string): Promise<string>;
  bytes(path: string): Promise<Uint8Array>;
  sizeOf(path: string): Promise<ImageSize>;
}

/** So many files are read at once: reading waits for the disk, mostly. */
export const AT_ONCE = 16;

/** A file to write. */
export interface WrittenFile {
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** The paths that end in a way and may hold annotations. */
export function annotationFiles(source: Source, ending: RegExp): string[] {
  return source.only !== undefined
    ? [source.only].filter((path) => ending.test(path))
    : source.files.filter((path) => ending.test(path));
}

export const baseOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
export const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1);
/** The name without folders and without the ending of an image. */
export const stemOf = (path: string) => withoutEnding(baseOf(path));

/** A path told by another program: with `/`, without `.` and `..` at its beginning. */
export function plainPath(path: string): string {
  return path.replaceAll('\\', '/').replace(/^(?:[a-z]:)?(?:\.{0,2}\/)*/i, '');
}

/** A path told by a file in a folder, from the root of the source on. */
export function joinedPath(folder: string, path: string): string {
  const steps: string[] = [];
  for (const step of `${folder}${path.replaceAll('\\', '/')}`.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '.' && step !== '') steps.push(step);
  }
  return steps.join('/');
}

/** Finds images by the names that annotations tell. */
export class Images {
  readonly #byBase = new Map<string, string[]>();
  readonly #byStem = new Map<string, string[]>();
  /** Without regard to capitals. */
  readonly #byLoose = new Map<string, string[]>();
  readonly #byLooseStem = new Map<string, string[]>();
  /** Filled when it is asked for first. */
  readonly #byUpload = new Map<string, string[]>();
  readonly #all: ReadonlySet<string>;

  constructor(
    source: Source,
    /** Makes the refusal of a name that several files have. */
    readonly ambiguous: (file: string, found: readonly string[]) => UserError,
  ) {
    const images = source.files.filter(isImage);
    this.#all = new Set(images);
    for (const path of images) {
      add(this.#byBase, keyOf(baseOf(path)), path);
      add(this.#byStem, keyOf(stemOf(path)), path);
      add(this.#byLoose, looseOf(baseOf(path)), path);
      add(this.#byLooseStem, looseOf(stemOf(path)), path);
    }
  }

  /**
   * The image of a name, which may be an address: from the folder of the file that tells it, or from the root on, or anywhere if only one
   * fits, or only one beside that file or below a folder `images`; at last one whose name differs in capitals only, or, of a name
   * without ending, one of that stem.
   *
   * @throws UserError if several do
   */
  find(file: string, teller: string): string | undefined {
    const names = [...new Set([file, decoded(file), withoutQuery(file), decoded(withoutQuery(file))])];
    const narrowed = (found: readonly string[] | undefined, path: string) =>
      this.#narrowed(found ?? [], path, file, teller);
    for (const name of names) {
      const path = plainPath(name);
      const exact = [joinedPath(folderOf(teller), name), path].find((each) => this.#all.has(each));
      const found = exact ?? narrowed(this.#byBase.get(keyOf(baseOf(path))), path);
      if (found !== undefined) return found;
    }
    for (const path of names.map(plainPath)) {
      const base = baseOf(path);
      const found =
        narrowed(this.#byLoose.get(looseOf(base)), path) ??
        (isImage(base) ? undefined : narrowed(this.#byStem.get(keyOf(base)), path));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The only image that is called so once it is uploaded: with _ for spaces, and without what a system may not take in names. */
  uploaded(file: string): string | undefined {
    if (this.#byUpload.size === 0)
      for (const path of this.#all) add(this.#byUpload, uploadOf(baseOf(path)), path);
    const found = this.#byUpload.get(keyOf(baseOf(file))) ?? [];
    return found.length === 1 ? found[0] : undefined;
  }

  /** The only image of a stem in the folder of the file that tells it. */
  beside(stem: string, teller: string): string | undefined {
    const found = (this.#byStem.get(keyOf(stem)) ?? []).filter((path) => folderOf(path) === folderOf(teller));
    return found.length === 1 ? found[0] : undefined;
  }

  /** The image of a stem, best in the folder of the file that tells it, or in one of that name. @throws UserError if several have it */
  withStem(stem: string, teller: string): string | undefined {
    const found = (this.#byStem.get(keyOf(stem)) ?? this.#byLooseStem.get(looseOf(stem)) ?? []).filter(
      (path) => path !== teller,
    );
    const beside = found.filter((path) => folderOf(path) === folderOf(teller));
    const alike = found.filter((path) => `/${folderOf(path)}`.endsWith(`/${folderOf(teller)}`));
    return this.#narrowed([beside, alike, found].find((some) => some.length > 0) ?? [], stem, stem, teller);
  }

  #narrowed(found: readonly string[], path: string, file: string, teller: string): string | undefined {
    const longer = found.filter((each) => each.endsWith(`/${path}`));
    const close = longer.length > 0 ? longer : found;
    const beside = close.filter((each) => folderOf(each) === folderOf(teller));
    const best = beside.length === 1 ? beside : close;
    // Masks have the names of their images, too.
    const [own, other] = best.filter((each) => `/${each}`.includes('/images/'));
    if (best.length < 2 || (own !== undefined && other === undefined)) return own ?? best[0];
    throw this.ambiguous(file, best);
  }
}

/** Composed Unicode, as some file systems hand out decomposed names. */
const keyOf = (name: string) => name.normalize('NFC');

/** Some programs do not tell capitals from small letters. */
const looseOf = (name: string) => keyOf(name).toLowerCase();

/** As Django makes names of files. */
const uploadOf = (name: string) =>
  keyOf(name)
    .trim()
    .replaceAll(' ', '_')
    .replace(/[^-\p{L}\p{N}_.]/gu, '');

/** An address may have a query or a fragment behind its path. */
const withoutQuery = (file: string) =>
  /^[a-z][a-z\d+.-]*:\/\//i.test(file) ? file.replace(/[?#].*$/, '') : file;

function add(map: Map<string, string[]>, key: string, path: string): void {
  const list = map.get(key);
  if (list) list.push(path);
  else map.set(key, [path]);
}

function decoded(file: string): string {
  try {
    return decodeURIComponent(file);
  } catch {
    return file;
  }
}
