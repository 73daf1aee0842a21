import { type Signal, signal } from '@preact/signals';
import { type Contrast, contrastOf, contrastTable, pixelsOf } from '../../../src/paint/contrast.ts';
import { loadValues, type StoredValues } from '../server.ts';

/** So much of an image may be black, and so much white, if its contrast is chosen by itself. */
const BEYOND = 0.005;

/** How an image is shown: as a network is fed it, or, where its values have more than 8 bits, between values that are chosen. */
export class Shade {
  /** What is shown. */
  readonly image: Signal<ImageBitmap>;
  /** Values that are black and white; undefined as long as the image is shown as a network is fed it. */
  readonly contrast = signal<Contrast | undefined>(undefined);
  /** Once they are loaded. */
  readonly values = signal<StoredValues | undefined>(undefined);
  readonly deep: boolean;
  #making: Promise<void> | undefined;
  #closed = false;

  constructor(
    readonly stem: string,
    { image, deep }: { readonly image: ImageBitmap; readonly deep: boolean },
  ) {
    this.image = signal(image);
    this.deep = deep;
  }

  /** Loads the stored values; it begins with what a network is fed. @throws Refused */
  async load(): Promise<void> {
    const values = await loadValues(this.stem);
    if (this.#closed) return;
    this.values.value = values;
    this.contrast.value = { low: values.black, high: values.white };
  }

  /** Shows the image between two values; the last one asked for is what is shown in the end. */
  set(contrast: Contrast): void {
    if (!(contrast.low < contrast.high)) return;
    this.contrast.value = contrast;
    if (!this.#making) this.#making = this.#make();
  }

  /** By the image itself: nearly all of its values lie between black and white. */
  setByImage(): void {
    const values = this.values.value;
    if (!values) return;
    const found = contrastOf(values.samples, BEYOND);
    this.set({ low: valueAt(values, found.low), high: valueAt(values, found.high) });
  }

  async #make(): Promise<void> {
    for (let made: Contrast | undefined; made !== this.contrast.value; ) {
      made = this.contrast.value!;
      const values = this.values.value!;
      const table = contrastTable({ low: sampleAt(values, made.low), high: sampleAt(values, made.high) });
      const pixels = pixelsOf(values.samples, values.channels, table);
      const image = await createImageBitmap(new ImageData(pixels, values.width, values.height));
      if (this.#closed) return image.close();
      this.image.value.close();
      this.image.value = image;
    }
    this.#making = undefined;
  }

  close(): void {
    this.#closed = true;
    this.image.value.close();
  }
}

const valueAt = ({ low, high }: StoredValues, sample: number): number =>
  low + (sample / 65535) * (high - low);
const sampleAt = ({ low, high }: StoredValues, value: number): number =>
  ((value - low) / (high - low)) * 65535;
