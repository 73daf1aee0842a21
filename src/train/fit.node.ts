import type { Tensors } from '../core/tensor.ts';
import type { EncoderHooks } from '../encoders/obtain.node.ts';
import { parametersOf } from '../nn/model.ts';
import { type Provenance, writeCheckpoint } from '../records/checkpoint.node.ts';
import type { RunFolder } from '../records/run-folder.node.ts';
import { type Best, readSavedState, writeSavedState } from '../records/saved-state.node.ts';
import type { CacheFeatures } from '../settings/shared.ts';
import { planFeatures } from './feature-plan.ts';
import { Features } from './features.node.ts';
import type { Images, LoadedSamples } from './images.node.ts';
import { lengthOf } from './length.ts';
import { runTraining, type StepRecord, type TrainingPlan } from './loop.node.ts';
import { Validation } from './validate.node.ts';
import { weightChange } from './weight-change.ts';

/** What a run tells its caller while it works; every part may be left out. */
export interface RunHooks extends EncoderHooks {
  /** How the run was called, for its record. */
  readonly command?: string;
  /** Ends the run after the step under way, its weights saved. */
  readonly signal?: AbortSignal;
  onLoad?(done: number, total: number): void;
  /** Images whose statistics are known, where a pretraining takes them. */
  onStatistics?(done: number, total: number): void;
  onStep?(record: StepRecord): void;
  onEpoch?(row: Readonly<Record<string, number>>, best: boolean): void;
  onTest?(done: number, total: number): void;
}

/** What a run is given beside its settings. */
export interface RunPlace {
  /** The run folder. */
  readonly out: string;
  /** Replace what is there. */
  readonly overwrite?: boolean;
  /** Go on with the run that is there, if there is one, from where it was stopped. */
  readonly resume?: boolean;
  /** Seconds of work that a power cut may cost: how often the state is saved; default 30. */
  readonly saveEvery?: number;
  /** Images that are decoded already; they stay open. */
  readonly images?: Images;
}

/** A training with everything around it: validation, the best weights, early stopping, the record in a folder. */
export interface FitOptions {
  readonly plan: TrainingPlan;
  readonly provenance: Omit<Provenance, 'architecture'>;
  readonly folder: RunFolder;
  readonly train: LoadedSamples;
  readonly validation?: LoadedSamples;
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

/** How often in a training it is told how far the weights have moved: to fetch them takes a fifth of a step. */
const WEIGHT_CHANGES = 10;

/** Fewer steps than these have hardly taught a decoder anything. */
const FEW_STEPS = 50;

/** Batches of few masks make few steps an epoch: says so where the epochs do not make up for it. */
export function hintIfShort(
  plan: Pick<TrainingPlan, 'batch' | 'epochs' | 'maxSteps'>,
  images: number,
  { onNotice }: Pick<RunHooks, 'onNotice'>,
): void {
  if (images === 0 || plan.maxSteps !== undefined) return;
  const { steps, stepsPerEpoch } = lengthOf(plan, images);
  if (steps >= FEW_STEPS) return;
  const enough = Math.ceil((4 * FEW_STEPS) / stepsPerEpoch);
  onNotice?.(
    `hint: only ${steps} steps of training, ${stepsPerEpoch} an epoch; --epochs ${enough} makes ${enough * stepsPerEpoch}`,
  );
}

/** Trains, from where a run was stopped if its folder holds a saved state. */
export async function fitDecoder(options: FitOptions, hooks: RunHooks): Promise<FitResult> {
  const features = await openFeatures(options, hooks);
  try {
    return await fitWith(options, features, hooks);
  } finally {
    features.close();
  }
}

function openFeatures(options: FitOptions, { onNotice }: RunHooks): Promise<Features> {
  const { plan, train, validation, cacheFeatures, memoryBytes } = options;
  const features = planFeatures({
    ...plan,
    encoder: plan.architecture.encoder,
    pretext: plan.objective.pretext,
    mode: cacheFeatures,
    jitter: plan,
    memoryBytes,
    trainingImages: train.samples.length,
    validationImages: validation?.samples.length ?? 0,
  });
  if (features.notice) onNotice?.(features.notice);
  const { encoder } = plan.architecture;
  const parts = { encoder, weights: plan.encoder, size: plan.size, plan: features, train, validation };
  return Features.open({ ...parts, memoryBytes });
}

async function fitWith(options: FitOptions, features: Features, hooks: RunHooks): Promise<FitResult> {
  const { plan, folder, train, patience } = options;
  const { better } = plan.objective;
  const decisive = `val_${better.score}`;
  const began = performance.now();
  const validation =
    options.validation &&
    new Validation(plan, options.validation, [...options.validation.samples.keys()], features.validation);
  const total = lengthOf(plan, train.samples.length);
  const provenance = { ...options.provenance, architecture: plan.architecture };
  const write = (
    which: 'best' | 'last',
    state: Tensors,
    reached: Readonly<Record<string, number | boolean>>,
  ) => writeCheckpoint(folder.weightsPath(which), state, provenance, reached);

  const parameters = parametersOf(plan.architecture).map(({ name }) => name);
  const from = await readSavedState(folder.statePath);
  await folder.cutBack(from?.position.step ?? 0, from?.epochs ?? 0);
  const seconds = () => (from?.seconds ?? 0) + (performance.now() - began) / 1000;
  let best = from?.best;
  let epochs = from?.epochs ?? 0;
  const result = await runTraining(
    plan,
    train,
    [...train.samples.keys()],
    {
      onStep: async (record) => {
        const { step, loss, lr, gradientNorm, levelNorms } = record;
        await folder.appendMetrics({
          step,
          train_loss: loss,
          lr,
          gradient_norm: gradientNorm,
          ...levelNorms,
        });
        hooks.onStep?.(record);
      },
      onEpoch: async ({ epoch, step, trainLoss, seconds }, engine) => {
        epochs = epoch;
        const scores = await validation?.measure(engine);
        const value = scores?.[decisive];
        const improved = value !== undefined && (!best || better.sign * (value - best.scores[decisive]) > 0);
        if (scores && improved) {
          best = { epoch, weights: await engine.state(parameters), scores };
          await write('best', best.weights, { epoch, step, [decisive]: value });
        }
        const row = { epoch, train_loss: trainLoss, ...scores, seconds };
        const change =
          epoch % Math.ceil(total.epochs / WEIGHT_CHANGES) === 0 || epoch === total.epochs
            ? weightChange(plan.architecture, plan.initial, await engine.state(parameters))
            : {};
        await folder.appendEpoch(row, change);
        hooks.onEpoch?.(row, improved);
        return patience > 0 && best !== undefined && epoch - best.epoch >= patience && step < total.steps;
      },
      save: async (position, state) => {
        await folder.flushRows();
        const saved = { position, state, epochs, best, seconds: seconds() };
        await writeSavedState(folder.statePath, provenance, saved);
      },
      rescue: async (state) => {
        await write('last', state, { rescued: true });
        return folder.weightsPath('last');
      },
    },
    { signal: hooks.signal, from, taps: features.training, saveEvery: options.saveEvery },
  );
  await write('last', result.weights, { epoch: epochs, step: result.steps });
  return {
    ...result,
    epochs,
    last: result.weights,
    best,
    seconds: seconds(),
  };
}
