const PAGE = /^(.*)#page=(\d+)$/s;

/** Where an image is read. */
export interface ImagePlace {
  readonly file: string;
  /** From 1: of a file of several pages the one that is meant, if it is said. */
  readonly page?: number;
}

/** The path of a page of a file, as a sample has it: `stack.tif#page=2`. */
export const pathOfPage = (file: string, page: number) => `${file}#page=${page}`;

/** What a path of an image says: a file, or a page of one. */
export function placeOf(path: string): ImagePlace {
  const [, file, page] = PAGE.exec(path) ?? [];
  return file === undefined ? { file: path } : { file, page: Number(page) };
}
