import type { Command } from 'commander';
import type { Devices } from '../index.ts';
import { timesAsFast } from '../runtime/device.ts';
import { commandOf } from './command.ts';
import { library } from './library.ts';

export function devicesCommand(): Command {
  return commandOf(
    'devices',
    'Try what --device can name: whether it is there, computes rightly, and how fast it is',
    {},
    async () => {
      const found = await (await library()).devices();
      return { json: found, text: found.devices.map(deviceText).join('\n') };
    },
  );
}

/** A line a device. */
function deviceText(state: Devices['devices'][number]): string {
  const { device } = state;
  if ('reason' in state) return `${device}: not here (${state.reason})`;
  const { ms, difference, sound } = state;
  const right = sound
    ? `computes as the processor does, to ${difference.toExponential(0)} of the largest value`
    : `computes wrongly: off by ${difference.toExponential(0)} of the largest value; it is not used`;
  return `${device}: ${right}; a convolution takes ${ms.device.toFixed(1)} ms, ${timesAsFast(state)} as fast as the processor`;
}
