import type { Size } from '../core/size.ts';
import { type Marked, type Signals, signalsOf } from './signals.ts';

/** What is kept of an image that a network has been watched at. */
export interface Watched {
  readonly signals: Signals;
  /** [channels] of the encoder's deepest tap, the mean over positions. */
  readonly features: Float32Array;
}

/** Marks an output [channels, H, W]: a class each. */
type Mark = (output: Float32Array, size: Size) => readonly Marked[];

/** Takes in what a network makes of images, view by view, and keeps what that says of each. */
export class SignalWatch {
  readonly #views = new Map<number, (readonly Uint8Array[])[]>();
  readonly #features = new Map<number, Float32Array>();
  readonly #signals = new Map<number, Signals>();

  constructor(readonly mark: Mark) {}

  view(index: number, output: Float32Array, size: Size): void {
    const masks = this.mark(output, size).map(({ mask }) => mask);
    this.#views.set(index, [...(this.#views.get(index) ?? []), masks]);
  }

  features(index: number, values: Float32Array): void {
    this.#features.set(index, values);
  }

  /** After the views. */
  mean(index: number, output: Float32Array, size: Size): void {
    this.#signals.set(index, signalsOf(this.mark(output, size), this.#views.get(index)!));
    this.#views.delete(index);
  }

  /** What was seen of an image. */
  of(index: number): Watched {
    return { signals: this.#signals.get(index)!, features: this.#features.get(index)! };
  }
}
