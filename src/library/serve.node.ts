import type { Listener } from '../core/events.ts';
import type { Serving } from '../serve/server.node.ts';
import type { ServeOptions } from '../serve/settings.ts';
import type { TrainOptions } from '../settings/training.ts';
import { type Output, train } from './training.node.ts';

/**
 * Serves a data folder as a page to label, train and look, until it is closed.
 *
 * @returns the link to the page, which holds the token that gives access
 * @throws UserError for a folder or a port that cannot be used
 */
export async function serve(options: ServeOptions, context: Listener = {}): Promise<Serving> {
  const { startServer } = await import('../serve/server.node.ts');
  const start = (settings: TrainOptions, output: Output) => train(settings, output);
  return startServer(options, start, context);
}
