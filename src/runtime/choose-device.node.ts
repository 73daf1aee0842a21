import { UserError } from '../core/errors.ts';
import { inform, type Listener, warn } from '../core/events.ts';
import { type Device, type DeviceChoice, timesAsFast } from './device.ts';
import type { DeviceCheck } from './device-check.node.ts';
import { PROVIDERS } from './devices.ts';
import { Engine } from './engine.node.ts';

/** The largest part of an output's largest value by which a device may differ from the processor. */
const TOLERANCE = 1e-4;

/** How a device stands here: how it compares with the processor, or why it does not start. */
export type DeviceState =
  | ({ readonly device: Device; readonly sound: boolean } & DeviceCheck)
  | { readonly device: Device; readonly reason: string };

const looked = new Map<Device, Promise<DeviceState>>();

/** Tries a graphics processor, once in a process. */
export function lookAt(device: Exclude<Device, 'cpu'>): Promise<DeviceState> {
  const known = looked.get(device) ?? tried(device);
  looked.set(device, known);
  return known;
}

async function tried(device: Device): Promise<DeviceState> {
  const engine = new Engine({ threads: 1, device });
  try {
    const check = await engine.checkDevice();
    return { device, sound: check.difference <= TOLERANCE, ...check };
  } catch (error) {
    return { device, reason: error instanceof Error ? firstSentence(error.message) : String(error) };
  } finally {
    await engine.close();
  }
}

/** Of the runtime's errors, which begin with places in its source. */
const firstSentence = (message: string) =>
  message.replace(/^\/\S+ .*? (?:was false\.|ONNXRuntimeError\]) ?/, '').split(/\n|\. /)[0];

/**
 * The device to compute on. One that computes wrongly is not used, which is told.
 *
 * @throws UserError for one that was asked for by its name and does not start
 */
export async function chosenDevice(asked: DeviceChoice, listener: Listener = {}): Promise<Device> {
  if (asked === 'cpu') return asked;
  if (asked !== 'auto') return askedFor(await lookAt(asked), listener);
  for (const device of ['cuda', 'webgpu'] as const) {
    const state = await lookAt(device);
    if ('reason' in state || !state.sound || state.ms.device > state.ms.cpu) continue;
    inform(listener, `computing by ${device}: ${timesAsFast(state)} as fast as the processor`);
    return device;
  }
  inform(listener, 'no graphics processor that is faster: computing on the processor');
  return 'cpu';
}

function askedFor(state: DeviceState, listener: Listener): Device {
  const { device } = state;
  if (device === 'cpu') return device;
  if ('reason' in state) {
    throw new UserError({
      what: `device ${device}`,
      got: state.reason,
      expected: 'a graphics processor that it can use',
      fix: PROVIDERS[device].remedy,
    });
  }
  if (!state.sound) {
    warn(
      listener,
      `${device} computes wrongly here: a small step is off by ${state.difference.toExponential(1)} of its largest value, where ${TOLERANCE} may be: computing on the processor`,
    );
    return 'cpu';
  }
  if (state.ms.device > state.ms.cpu)
    warn(listener, `${device} is ${timesAsFast(state)} as fast as the processor here`);
  return device;
}
