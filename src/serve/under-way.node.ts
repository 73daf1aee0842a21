import { picturesUnderWay, type UnderWay } from '../report/run/under-way.node.ts';
import type { Dataset } from './dataset.node.ts';

/** Pictures of the training that goes on: made once after each save, however many pages look. */
export class PicturesUnderWay {
  #key: string | undefined;
  #made: Promise<UnderWay | undefined> = Promise.resolve(undefined);

  constructor(readonly dataset: Dataset) {}

  /** @param saved the step after which its state was saved last */
  async of(folder: string, saved: number): Promise<UnderWay | undefined> {
    const key = `${folder} ${saved}`;
    if (key !== this.#key) {
      this.#key = key;
      // One after the other.
      this.#made = this.#made.catch(() => {}).then(() => picturesUnderWay(folder, this.dataset.samples));
    }
    return this.#made;
  }
}
