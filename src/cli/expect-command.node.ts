import type { Command } from 'commander';
import { expectSchema } from '../runs/settings.ts';
import { commandOf } from './command.ts';
import { expectationText } from './expected-text.ts';
import { resumable } from './interrupt.node.ts';
import { library } from './library.ts';

export function expectCommand(): Command {
  return commandOf(
    'expect',
    "Find out what to expect of a run's masks where there is no truth, by masks that are held out",
    expectSchema.shape,
    (given, context, progress) =>
      resumable(
        progress,
        async (signal) => (await library()).expectationOf(given, { ...context, signal }),
        expectationText,
      ),
  );
}
