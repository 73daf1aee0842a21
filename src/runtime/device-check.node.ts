import type * as onnxruntime from 'onnxruntime-common';
import { compile } from './compile.ts';
import type { Device } from './device.ts';
import { formsFor } from './devices.ts';
import { convolutionStep, largestPart, ranWith, type SelfCheck, smallStep } from './self-check.ts';
import type { OnnxRuntime } from './sessions.ts';

/** How a device compares with the processor. */
export interface DeviceCheck {
  /** Of a small step: the largest difference of an output, as a part of that output's largest value. */
  readonly difference: number;
  /** For the same convolution and its gradients, in ms: the shortest of some runs. */
  readonly ms: { readonly device: number; readonly cpu: number };
}

/** The first one compiles. */
const RUNS = 3;

/** Images, and their extent, that fill a processor; small ones first, which tell a software's imitation soon. */
const LOADS = [
  [1, 24],
  [8, 64],
] as const;

/** As many times slower than the processor is no graphics processor. */
const IMITATION = 10;

/**
 * @param options of a session on the device
 * @throws Error if the device does not start
 */
export async function checkDevice(
  ort: OnnxRuntime,
  device: Device,
  options: onnxruntime.InferenceSession.SessionOptions,
): Promise<DeviceCheck> {
  const ran = ({ program, feeds }: SelfCheck, on: Device, runs: number) => {
    const { model } = compile(program, 0, formsFor(on));
    const where = on === 'cpu' ? { ...options, executionProviders: ['cpu'] } : options;
    return ranWith(ort, model, feeds, { ...where, runs });
  };
  // First what fails where there is no device.
  const found = await ran(smallStep(), device, 1);
  const expected = await ran(smallStep(), 'cpu', 1);
  const difference = largestPart(expected.outputs, found.outputs);
  const shortest = async (step: SelfCheck, on: Device) => Math.min(...(await ran(step, on, RUNS)).ms);
  let ms = { device: 0, cpu: 0 };
  for (const [images, extent] of LOADS) {
    const step = convolutionStep(images, extent);
    ms = { device: await shortest(step, device), cpu: await shortest(step, 'cpu') };
    if (ms.device > IMITATION * ms.cpu) break;
  }
  return { difference, ms };
}
