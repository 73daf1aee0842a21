import { type DeviceState, lookAt } from '../runtime/choose-device.node.ts';
import { PROVIDERS } from '../runtime/devices.ts';

/** What can compute here, beside the processor. */
export interface Devices {
  readonly kind: 'devices';
  readonly devices: readonly DeviceState[];
}

/** Tries each graphics processor: whether it starts, computes a small step as the processor does, and how fast it is. */
export async function devices(): Promise<Devices> {
  const states: DeviceState[] = [];
  for (const device of Object.keys(PROVIDERS) as (keyof typeof PROVIDERS)[])
    states.push(await lookAt(device));
  return { kind: 'devices', devices: states };
}
