import { signal } from '@preact/signals';
import type { PagePrediction } from '../../../src/web/network.ts';
import type { LabImage } from './lab-image.ts';
import { Latest } from './latest.ts';
import type { OpenedNetwork } from './network.ts';
import { type Score, scoresOf } from './score.ts';

/** What is shown of a network: the image, what its paths are turned to, and what comes of it. */
interface Wish {
  readonly image: LabImage;
  readonly other?: LabImage;
  readonly gates: readonly number[];
}

/** What the network has made of a wish. */
export interface Made extends Wish {
  readonly prediction: PagePrediction;
  readonly scores: readonly Score[];
}

/** A network whose paths are turned by hand. Its output follows. */
export class Lab {
  readonly gates = signal<readonly number[]>([]);
  readonly image = signal<LabImage | undefined>(undefined);
  /** The image whose bottleneck is put in. */
  readonly other = signal<LabImage | undefined>(undefined);
  readonly made = signal<Made | undefined>(undefined);
  readonly #latest: Latest<Wish>;

  /** @param onError is told what goes wrong */
  constructor(
    readonly network: OpenedNetwork,
    onError: (error: unknown) => void,
  ) {
    const { paths, paints } = network.facts;
    this.gates.value = paths.map(() => 1);
    this.#latest = new Latest(async (wish) => {
      try {
        const { image, other, gates } = wish;
        const prediction = await network.predict(image.small, { gates, bottleneckOf: other?.small });
        this.made.value = { ...wish, prediction, scores: scoresOf(prediction, { paints, image, other }) };
      } catch (error) {
        onError(error);
      }
    });
  }

  turn(path: number, gate: number): void {
    this.turnAll(this.gates.value.map((known, i) => (i === path ? gate : known)));
  }

  turnAll(gates: readonly number[]): void {
    this.gates.value = gates;
    this.follow();
  }

  show(image: LabImage | undefined): void {
    this.image.value = image;
    if (!image) this.made.value = undefined;
    this.follow();
  }

  putIn(other: LabImage | undefined): void {
    this.other.value = other;
    this.follow();
  }

  /** Predicts anew, as when the weights have changed. */
  follow(): void {
    const [image, other] = [this.image.value, this.other.value];
    if (image) this.#latest.ask({ image, other, gates: this.gates.value });
  }
}
