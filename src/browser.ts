// What can be imported from `fewmask/browser`: it runs in a page, and needs nothing but itself.
export { UserError } from './core/errors.ts';
export type { Size } from './core/size.ts';
export { type Fit, type Place, placeIn } from './data/decode/fit.ts';
export type { ImageInMemory } from './data/decode/memory.ts';
export { resizePlane } from './data/decode/resize.ts';
export { prepareImage } from './data/loading/prepare.ts';
