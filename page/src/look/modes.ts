import { signal } from '@preact/signals';

/** What lies above an image: the mask, the prediction, or how the two differ. */
export type Layer = 'mask' | 'prediction' | 'errors';

/** How an image is looked at. */
export const MODES = {
  image: { title: 'Image', key: '1', layers: [], needsMask: false },
  mask: { title: 'Mask', key: '2', layers: ['mask'], needsMask: true },
  prediction: { title: 'Prediction', key: '3', layers: ['prediction'], needsMask: false },
  errors: { title: 'Errors', key: '4', layers: ['errors'], needsMask: true },
  /** The first layer left of the wipe, the second right of it. */
  wipe: { title: 'Mask | prediction', key: '5', layers: ['mask', 'prediction'], needsMask: true },
} as const satisfies Readonly<
  Record<
    string,
    {
      readonly title: string;
      readonly key: string;
      readonly layers: readonly Layer[];
      readonly needsMask: boolean;
    }
  >
>;
export type ModeName = keyof typeof MODES;
export const MODE_NAMES = Object.keys(MODES) as ModeName[];

const chosen = signal<ModeName>('errors');
/** Where the wipe is, as a share of the image's width. */
export const wipe = signal(0.5);
export const opacity = signal(0.85);

/** The chosen mode, or the prediction where there is no mask to see. */
export const modeFor = (masked: boolean): ModeName =>
  MODES[chosen.value].needsMask && !masked ? 'prediction' : chosen.value;

export function choose(mode: ModeName): void {
  chosen.value = mode;
}
