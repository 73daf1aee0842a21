import { type Context, Hono } from 'hono';
import { streamSSE } from 'hono/streaming';

/** Changes are told at most so often, in ms. */
const TELL_EVERY = 300;

/** A list that changes. */
export interface Told {
  list(): Promise<readonly object[]> | readonly object[];
  /** Tells of every change. @returns what ends that */
  listen(listener: () => void): () => void;
}

/** Lists of what goes on, each an event by its name, and again whenever it has changed. */
export function toldRoutes(sources: Readonly<Record<string, Told>>): Hono {
  const routes = new Hono();
  routes.get('/api/events', (context) => told(context, sources));
  return routes;
}

const told = (context: Context, sources: Readonly<Record<string, Told>>): Response =>
  streamSSE(context, async (stream) => {
    const changed = new Set(Object.keys(sources));
    const ends = Object.entries(sources).map(([event, source]) => source.listen(() => changed.add(event)));
    const end = () => {
      for (const each of ends) each();
    };
    stream.onAbort(end);
    while (!stream.aborted) {
      for (const event of [...changed]) {
        changed.delete(event);
        await stream.writeSSE({ event, data: JSON.stringify(await sources[event].list()) });
      }
      await stream.sleep(TELL_EVERY);
    }
    end();
  });
