import type { Command } from 'commander';
import * as z from 'zod';
import { setting } from '../settings/setting.ts';
import { commandOf } from './command.ts';
import { completionScript, SHELLS, type Shell } from './completion.ts';

const NAMES = Object.keys(SHELLS) as Shell[];

/** @param root the program, of which all commands are completed */
export function completionCommand(root: Command): Command {
  return commandOf(
    'completion',
    'Print what makes a shell complete the words of fewmask; its first lines say how it is used',
    { shell: setting(z.enum(NAMES), 'Output', `One of ${NAMES.join(', ')}`, { argument: true }) },
    async ({ shell }) => {
      const script = completionScript(root, shell);
      return { json: { shell, script }, text: script.trimEnd() };
    },
  );
}
