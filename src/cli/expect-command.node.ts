import type { Command } from 'commander';
import { expectSchema } from '../runs/settings.ts';
import { commandOf } from './command.ts';
import { expectationText } from './expected-text.ts';
import { onInterrupt } from './interrupt.node.ts';
import { library } from './library.ts';

export function expectCommand(): Command {
  return commandOf(
    'expect',
    "Find out what to expect of a run's masks where there is no truth, by masks that are held out",
    expectSchema.shape,
    async (given, context, progress) => {
      const { signal, release } = onInterrupt(progress);
      const result = await (await library()).expectationOf(given, { ...context, signal });
      release();
      if (result) return { json: result, text: expectationText(result) };
      return { json: null, text: 'stopped; give the same command to continue', interrupted: true };
    },
  );
}
