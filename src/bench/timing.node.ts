import { cpus } from 'node:os';
import { manifest } from '../core/manifest.node.ts';
import { sizeOf } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Program } from '../graph/program.ts';
import { type DecoderName, parametersOf } from '../nn/model.ts';
import { evaluationGraph, trainingStep } from '../nn/step-graph.ts';
import type { Device } from '../runtime/device.ts';
import { RUNTIME_VERSION } from '../runtime/onnxruntime.node.ts';
import { deviceOf } from '../settings/meaning.ts';
import { median } from './median.ts';
import { encoderIntoState } from './parts.ts';
import type { BenchmarkSettings } from './settings.ts';
import { inEngine, stepScalars, threadsOf, timesOf, type Workload } from './workload.node.ts';

/** What was timed, and the times: medians, in ms a batch. */
export interface Timing {
  readonly tool: string;
  readonly cpu: string;
  readonly threads: number;
  readonly device: Device;
  /** Channels in a block of the runtime's blocked layout; 0 = plain kernels. */
  readonly block: number;
  readonly decoder: DecoderName;
  /** Of the images, as it was given: N or HxW. */
  readonly size: number | string;
  readonly batch: number;
  /** Trainable numbers. */
  readonly params: number;
  /** A training step of the decoder, the encoder's taps being there already. */
  readonly decoder_step_ms: number;
  /** A training step as `train` runs it: encoder, decoder, gradients, optimizer. */
  readonly train_step_ms: number;
  /** The encoder's five taps. */
  readonly encoder_ms: number;
  /** The whole network as `predict` runs it. */
  readonly infer_ms: number;
  readonly train_images_per_s: number;
  readonly infer_images_per_s: number;
  /** The most memory that this process has had by the end of the training steps, which come first; in MiB. */
  readonly peak_rss_mb: number;
}

export function timingOf(workload: Workload, settings: BenchmarkSettings): Promise<Timing> {
  const { architecture, encoder, weights, learning, step, image, target } = workload;
  const frozen = { ...architecture, trained: undefined };
  const { decoder, size, batch, runs } = settings;
  return inEngine(workload, settings, async (engine) => {
    const time = async (
      model: Program,
      feeds: Readonly<Record<string, Tensor>>,
      scalars?: typeof stepScalars,
    ) => {
      const session = await engine.load(model);
      const times = await timesOf(session, runs, feeds, scalars);
      await session.release();
      return median(times);
    };
    const trainMs = await time(step.model, { image, target }, stepScalars);
    const peak = process.resourceUsage().maxRSS / 1024;
    // The encoder leaves its taps to the decoder's step.
    const encoderMs = await time(encoderIntoState(architecture.encoder, encoder, learning), { image });
    const decoderMs = await time(trainingStep(frozen, undefined, learning).model, { target }, stepScalars);
    const inferMs = await time(evaluationGraph(frozen, encoder, { ...learning, weights, loss: undefined }), {
      image,
    });
    return {
      tool: `fewmask ${manifest.version}, onnxruntime ${RUNTIME_VERSION}`,
      cpu: cpus()[0]?.model ?? 'unknown',
      threads: threadsOf(settings),
      device: deviceOf(settings),
      block: await engine.blockSize(),
      decoder,
      size,
      batch,
      params: parametersOf(architecture)
        .filter(({ trainable }) => trainable)
        .reduce((sum, spec) => sum + sizeOf(spec.shape), 0),
      decoder_step_ms: decoderMs,
      train_step_ms: trainMs,
      encoder_ms: encoderMs,
      infer_ms: inferMs,
      train_images_per_s: (1000 * batch) / trainMs,
      infer_images_per_s: (1000 * batch) / inferMs,
      peak_rss_mb: peak,
    };
  });
}
