const ENDINGS = ['jpg', 'jpeg', 'png', 'webp', 'tif', 'tiff', 'gif', 'avif', 'bmp', 'dcm'];

const ending = new RegExp(`\\.(${ENDINGS.join('|')})$`, 'i');

/** The endings of files that are read as images, as words. */
export const IMAGE_ENDINGS = `${ENDINGS.slice(0, -1).join(', ')} or ${ENDINGS.at(-1)}`;

/** Whether a file's name says that it is an image. */
export const isImage = (path: string) => ending.test(path);

/** A path without the ending of an image. */
export const withoutEnding = (path: string) => path.replace(ending, '');
