import { existsSync } from 'node:fs';
import { consistencyTime } from '../../bench/consistency.node.ts';
import { type BenchmarkSettings, benchmarkSchema } from '../../bench/settings.ts';
import { timingOf } from '../../bench/timing.node.ts';
import { workloadOf } from '../../bench/workload.node.ts';
import { isOnnxFile } from '../../encoders/onnx-file.node.ts';
import { randomSeed } from '../../encoders/random.ts';
import { parseSettings } from '../../settings/parse.ts';
import { resolvePretrain, resolveTrain } from '../../settings/resolve.node.ts';
import type { StudyConfig } from '../config.ts';
import { pretrainOptions, type StudyRun, trainOptions } from './plan.ts';
import type { StudySamples } from './samples.node.ts';

/** What the time of a run's step depends on, beside the size and the batch, which all runs share. */
export interface StepKind {
  /** none, all or deep:K. */
  readonly trainEncoder: string;
  /** By which its network is known; another one takes other times. */
  readonly encoder: string;
  /** Plain images in each step. */
  readonly plain: number;
}

/** In ms: a step, and the prediction of a batch. */
export interface StepTimes {
  readonly step: number;
  readonly predict: number;
}

export function stepKindOf(config: StudyConfig, run: StudyRun, samples: StudySamples): StepKind {
  if (run.phase === 'pretrain') {
    const { trainEncoder, encoder } = resolvePretrain(pretrainOptions(config, run), 1);
    return { trainEncoder, encoder, plain: 0 };
  }
  const settings = resolveTrain(
    trainOptions(config, run, () => run.arm),
    1,
  );
  const { trainEncoder, encoder, plainBatch = settings.batch } = settings;
  return { trainEncoder, encoder, plain: Math.min(plainBatch, samples.plainOf(run).plain.length) };
}

type Timed = Pick<StepKind, 'trainEncoder' | 'encoder'>;

/** Times steps, each kind once, as they are on this machine now; of the usual channels of the decoder. */
export class StepTimer {
  readonly #config: StudyConfig;
  readonly #alone = new Map<string, Promise<StepTimes>>();
  readonly #withPlain = new Map<string, Promise<number>>();

  constructor(config: StudyConfig) {
    this.#config = config;
  }

  async of({ plain, ...network }: StepKind): Promise<StepTimes> {
    const { step, predict } = await once(this.#alone, network, () => this.#timeAlone(network));
    if (plain === 0) return { step, predict };
    const both = await once(this.#withPlain, network, () => this.#timeWithPlain(network));
    // That of as many plain images was timed.
    return { step: step + ((both - step) * plain) / this.#config.batch, predict };
  }

  async #timeAlone(network: Timed): Promise<StepTimes> {
    const settings = this.#settingsOf(network);
    const { train_step_ms: step, infer_ms: predict } = await timingOf(
      await workloadOf(settings, {}),
      settings,
    );
    return { step, predict };
  }

  async #timeWithPlain(network: Timed): Promise<number> {
    const settings = this.#settingsOf(network);
    return consistencyTime(await workloadOf(settings, {}), settings);
  }

  #settingsOf({ trainEncoder, encoder }: Timed): BenchmarkSettings {
    const { decoder, size, batch, threads, jobs, kernels } = this.#config;
    return parseSettings(benchmarkSchema, {
      ...{ decoder, size, batch, kernels, trainEncoder, runs: RUNS },
      encoder: timeable(encoder),
      threads: Math.max(1, Math.floor(threads / jobs)),
    });
  }
}

/** What was found for a key, or is found now and kept. */
function once<T>(found: Map<string, Promise<T>>, by: object, find: () => Promise<T>): Promise<T> {
  const key = JSON.stringify(by);
  const result = found.get(key) ?? find();
  found.set(key, result);
  return result;
}

const RUNS = 5;

/** Of one that has to be fetched, or runs in front of the step, MobileNetV2 of random weights stands in its place. */
function timeable(encoder: string): string | undefined {
  if (randomSeed(encoder) !== undefined) return encoder;
  return existsSync(encoder) && !isOnnxFile(encoder) ? encoder : undefined;
}
