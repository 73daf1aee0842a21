import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Command } from 'commander';
import * as z from 'zod';
import { serveSchema } from '../serve/settings.ts';
import { setting } from '../settings/setting.ts';
import { commandOf } from './command.ts';
import { onInterrupt } from './interrupt.node.ts';
import { library } from './library.ts';

const open = setting(z.boolean().default(false), 'Output', 'Open the page in the browser');

/** What opens a link, by system. */
const OPENERS: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

export function serveCommand(): Command {
  return commandOf(
    'serve',
    'Serve a data folder as a page: look at images, paint masks',
    { ...serveSchema.shape, open },
    async ({ open: opens, ...given }, context, progress) => {
      const { link, close } = await (await library()).serve(given, context);
      progress.line(`the page: ${link}`);
      progress.line('Ctrl-C ends it');
      if (opens) openLink(link);
      // Not released: signals may come until the process has ended.
      const { signal } = onInterrupt(progress, { isNeeded: () => true, told: 'ending' });
      await once(signal, 'abort');
      await close();
      return { json: { link }, text: 'ended' };
    },
  );
}

function openLink(link: string): void {
  const [command, ...words] = OPENERS[process.platform] ?? ['xdg-open'];
  // Where there is none, the link is printed.
  spawn(command, [...words, link], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
