import type { Tensors } from '../core/tensor.ts';
import type { RunContext } from '../events/run-event.ts';
import { writeCheckpoint } from '../records/checkpoint.node.ts';
import type { Provenance } from '../records/checkpoint.ts';
import type { RunFolder } from '../records/run-folder.node.ts';
import { type Best, type Position, type SavedState, writeSavedState } from '../records/saved-state.node.ts';
import type { Stepper } from './stepper.ts';
import type { ValidationScores } from './validate.node.ts';

/** Seconds of work that a power cut may cost, if nothing else is said. */
const SAVE_EVERY = 30;

export interface CheckpointOptions {
  readonly folder: RunFolder;
  readonly provenance: Provenance;
  /** Names of the tensors that checkpoints hold. */
  readonly names: readonly string[];
  /** Which validation score decides, as `val_dice`, and whether more of it is better. */
  readonly better: { readonly score: string; readonly sign: 1 | -1 };
  /** Seconds of work after which the state is saved; default 30. */
  readonly saveEvery?: number;
  /** Where a training goes on. */
  readonly from?: SavedState;
}

/** What is kept of a training: the best weights so far, the state to go on from, the last weights. */
export class Checkpoints {
  readonly #options: CheckpointOptions;
  readonly #context: RunContext;
  readonly #began = performance.now();
  #saved = this.#began;
  best: Best | undefined;

  constructor(options: CheckpointOptions, context: RunContext) {
    this.#options = options;
    this.#context = context;
    this.best = options.from?.best;
  }

  /** Time spent so far, earlier starts included. */
  get seconds(): number {
    return (this.#options.from?.seconds ?? 0) + (performance.now() - this.#began) / 1000;
  }

  /** Whether it is time to save the state. */
  get isDue(): boolean {
    return performance.now() - this.#saved >= 1000 * (this.#options.saveEvery ?? SAVE_EVERY);
  }

  /** Keeps the weights if they validated best so far, and says whether they did. */
  async keepIfBest(
    scores: ValidationScores,
    { epoch, step }: { readonly epoch: number; readonly step: number },
    stepper: Stepper,
  ): Promise<boolean> {
    const { score, sign } = this.#options.better;
    const value = scores[score];
    if (this.best && !(sign * (value - this.best.scores[score]) > 0)) return false;
    this.best = { epoch, weights: await stepper.weights(), scores };
    await this.#write('best', this.best.weights, { epoch, step, [score]: value });
    return true;
  }

  /** Saves all that is needed to go on; never ahead of the rows on the disk. */
  async saveState(position: Position, state: Tensors, epochs: number): Promise<void> {
    const { folder, provenance } = this.#options;
    await folder.flushRows();
    const { best, seconds } = this;
    await writeSavedState(folder.statePath, provenance, { position, state, epochs, best, seconds });
    this.#saved = performance.now();
    this.#tell('state', position.step, folder.statePath);
  }

  async writeLast(
    weights: Tensors,
    reached: Readonly<Record<string, number | boolean>> & { readonly step?: number },
  ): Promise<string> {
    return this.#write('last', weights, reached);
  }

  async #write(
    which: 'best' | 'last',
    weights: Tensors,
    reached: Readonly<Record<string, number | boolean>>,
  ): Promise<string> {
    const { folder, provenance, names } = this.#options;
    const file = folder.weightsPath(which);
    const held = new Map(names.map((name) => [name, weights.get(name)!]));
    await writeCheckpoint(file, held, provenance, reached);
    this.#tell(which, Number(reached.step ?? 0), file);
    return file;
  }

  #tell(what: 'state' | 'best' | 'last', step: number, file: string): void {
    this.#context.onEvent?.({ type: 'saved', what, step, file });
  }
}
