import { inform } from '../core/events.ts';
import type { Tensors } from '../core/tensor.ts';
import type { RunContext, StepEvent } from '../events/run-event.ts';
import type { Provenance } from '../records/checkpoint.ts';
import type { RunFolder } from '../records/run-folder.node.ts';
import { type Best, type Position, readSavedState } from '../records/saved-state.node.ts';
import { Engine } from '../runtime/engine.node.ts';
import type { CacheFeatures } from '../settings/shared.ts';
import { type LengthOptions, lengthOf } from './batch-plan.ts';
import { Checkpoints } from './checkpoints.node.ts';
import { planFeatures } from './feature-plan.ts';
import { Features } from './features.node.ts';
import type { LoadedSamples } from './images.node.ts';
import { type EpochResult, runSteps, type TrainingKeeper } from './loop.ts';
import type { TrainingPlan } from './plan.ts';
import type { Stepper } from './stepper.ts';
import { Validation } from './validate.node.ts';
import { weightChange } from './weight-change.ts';

/** A training with everything around it: validation, the best weights, early stopping, the record in a folder. */
export interface FitOptions {
  readonly plan: TrainingPlan;
  readonly provenance: Omit<Provenance, 'architecture'>;
  readonly folder: RunFolder;
  readonly train: LoadedSamples;
  readonly validation?: LoadedSamples;
  /** Of a plan that learns from plain images: these. */
  readonly plain?: LoadedSamples;
  /** Images with masks that nothing is learned or chosen by: how true are pseudo-masks? */
  readonly hidden?: LoadedSamples;
  /** Epochs without improvement to stop after; 0 = never. */
  readonly patience: number;
  readonly cacheFeatures: CacheFeatures;
  /** Room for features that are kept in memory. */
  readonly memoryBytes: number;
  readonly saveEvery?: number;
}

export interface FitResult {
  readonly steps: number;
  readonly epochs: number;
  readonly interrupted: boolean;
  readonly stoppedEarly: boolean;
  readonly last: Tensors;
  /** The best validated weights; absent without validation. */
  readonly best?: Best;
  readonly seconds: number;
  readonly waitedForData: number;
}

/** Fewer steps than these have hardly taught a decoder anything. */
const FEW_STEPS = 50;

/** Batches of few masks make few steps an epoch: says so where the epochs do not make up for it. */
export function hintIfShort(plan: LengthOptions, images: number, context: RunContext): void {
  if (images === 0 || (plan.steps ?? plan.maxSteps) !== undefined) return;
  const { steps, stepsPerEpoch } = lengthOf(plan, images);
  if (steps >= FEW_STEPS) return;
  const enough = Math.ceil((4 * FEW_STEPS) / stepsPerEpoch);
  inform(
    context,
    `hint: only ${steps} steps of training, ${stepsPerEpoch} an epoch; --epochs ${enough} makes ${enough * stepsPerEpoch}`,
  );
}

/** Trains, from where a run was stopped if its folder holds a saved state. */
export async function fitNetwork(options: FitOptions, context: RunContext = {}): Promise<FitResult> {
  const { plan, folder, train } = options;
  const from = await readSavedState(folder.statePath);
  await folder.cutBack(from?.position.step ?? 0, from?.epochs ?? 0);
  const { score, sign } = plan.objective.better;
  const checkpoints = new Checkpoints(
    {
      ...{ folder, from, saveEvery: options.saveEvery, names: [...plan.initial.keys()] },
      provenance: { ...options.provenance, architecture: plan.architecture },
      better: { score: `val_${score}`, sign },
    },
    context,
  );
  const features = await openFeatures(options, context);
  const { threads, kernels, device } = plan;
  const engine = new Engine({ threads, kernels, device });
  try {
    const keeper = new Keeper(options, checkpoints, { context, features, epochs: from?.epochs ?? 0 });
    const { signal } = context;
    const { weights: last, ...result } = await runSteps(plan, train, keeper, {
      ...{ engine, signal, from, taps: features.training, plain: options.plain },
    });
    const { epochs } = keeper;
    await checkpoints.writeLast(last, { epoch: epochs, step: result.steps });
    return { ...result, epochs, last, best: checkpoints.best, seconds: checkpoints.seconds };
  } finally {
    await engine.close();
    features.close();
  }
}

function openFeatures(options: FitOptions, context: RunContext): Promise<Features> {
  const { plan, train, validation, cacheFeatures, memoryBytes } = options;
  const { encoder } = plan.architecture;
  const features = planFeatures({
    ...plan,
    ...{ encoder, pretext: plan.objective.pretext, mode: cacheFeatures, memoryBytes },
    trained: (plan.architecture.trained?.size ?? 0) > 0,
    crop: train.whole !== undefined,
    plain: options.plain !== undefined,
    trainingImages: train.samples.length,
    validationImages: validation?.samples.length ?? 0,
  });
  if (features.notice) inform(context, features.notice);
  const parts = { encoder, weights: plan.encoder, size: plan.size, plan: features, train, validation };
  return Features.open({ ...parts, memoryBytes });
}

/** How often in a training it is told how far the weights have moved: to fetch them takes a fifth of a step. */
const WEIGHT_CHANGES = 10;

/** Writes the rows of steps and epochs, validates, keeps checkpoints, and says when to stop. */
class Keeper implements TrainingKeeper {
  /** Those that have ended. */
  epochs: number;
  readonly #options: FitOptions;
  readonly #checkpoints: Checkpoints;
  readonly #context: RunContext;
  readonly #validation: Validation | undefined;
  readonly #hidden: Validation | undefined;

  constructor(
    options: FitOptions,
    checkpoints: Checkpoints,
    beside: { readonly context: RunContext; readonly features: Features; readonly epochs: number },
  ) {
    this.#options = options;
    this.#checkpoints = checkpoints;
    this.#context = beside.context;
    this.epochs = beside.epochs;
    const { plan, validation, hidden } = options;
    this.#validation = validation && new Validation(plan, validation, beside.features.validation);
    this.#hidden = hidden && new Validation(plan, hidden);
  }

  async afterStep(event: StepEvent): Promise<void> {
    const { step, loss, lr, gradientNorm, levelNorms, measures } = event;
    const row = { step, train_loss: loss, lr, gradient_norm: gradientNorm, ...levelNorms, ...measures };
    await this.#options.folder.appendMetrics(row);
    this.#context.onEvent?.(event);
  }

  async afterEpoch({ epoch, step, means, seconds }: EpochResult, stepper: Stepper): Promise<boolean> {
    const { plan, folder, train, patience } = this.#options;
    const total = lengthOf(plan, plan.pseudo?.masked ?? train.samples.length);
    this.epochs = epoch;
    const scores = await this.#validation?.measure(stepper.engine);
    const best =
      scores !== undefined && (await this.#checkpoints.keepIfBest(scores, { epoch, step }, stepper));
    const { loss, ...ofPlain } = means;
    const truth = await this.#truth(stepper);
    const row = { epoch, train_loss: loss, ...ofPlain, ...truth, ...scores, seconds };
    const told = epoch % Math.ceil(total.epochs / WEIGHT_CHANGES) === 0 || epoch === total.epochs;
    await folder.appendEpoch(row, told ? await this.#weightChange(stepper) : {});
    this.#context.onEvent?.({ type: 'epoch', epoch, epochs: total.epochs, row, best });
    const { best: bestSoFar } = this.#checkpoints;
    return (
      patience > 0 && bestSoFar !== undefined && epoch - bestSoFar.epoch >= patience && step < total.steps
    );
  }

  isSaveDue(): boolean {
    return this.#checkpoints.isDue;
  }

  save(position: Position, state: Tensors): Promise<void> {
    return this.#checkpoints.saveState(position, state, this.epochs);
  }

  rescue(state: Tensors): Promise<string> {
    return this.#checkpoints.writeLast(state, { rescued: true });
  }

  /** Of the pseudo-masks: told, and nothing is chosen by it. */
  async #truth({ engine }: Stepper): Promise<Record<string, number>> {
    const scores = await this.#hidden?.measure(engine);
    const { score } = this.#options.plan.objective.better;
    return scores ? { [`pseudo_${score}`]: scores[`val_${score}`] } : {};
  }

  async #weightChange(stepper: Stepper) {
    const { architecture, initial } = this.#options.plan;
    return weightChange(architecture, initial, await stepper.weights());
  }
}
