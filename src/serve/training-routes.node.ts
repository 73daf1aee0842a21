import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Context, Hono } from 'hono';
import { RUN_PATHS } from '../records/entries.ts';
import { startSchema } from './api.ts';
import { nameIn, ofRun } from './asked-for.node.ts';
import { atMost } from './bodies.node.ts';
import { Results } from './results.node.ts';
import type { Trainings } from './trainings.node.ts';
import type { PicturesUnderWay } from './under-way.node.ts';

/** Settings are short. */
const MOST_SETTINGS_BYTES = 100_000;

/** A report is a page of its own, that can do nothing and reach nothing. */
const REPORT_POLICY =
  "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'";

/** Trainings: what there are, starting and stopping them, their curves and reports. */
export function trainingRoutes(trainings: Trainings, underWay: PicturesUnderWay): Hono {
  const routes = new Hono();
  const results = new Results(trainings);
  routes.get('/api/runs', async (context) => context.json(await trainings.list()));
  routes.post('/api/runs', atMost(MOST_SETTINGS_BYTES), async (context) => {
    const asked = startSchema.safeParse(await context.req.json().catch(() => undefined));
    if (!asked.success) return context.json({ problem: 'no such training can be started' }, 422);
    return context.json({ name: await trainings.start(asked.data) }, 201);
  });
  routes.post('/api/runs/stop', (context) => {
    trainings.stop(nameIn(context));
    return context.json({});
  });
  routes.post('/api/runs/resume', async (context) => {
    await trainings.resume(nameIn(context));
    return context.json({});
  });
  routes.get(
    '/api/runs/curves',
    ofRun(trainings, async (context, folder) => context.json(await trainings.curvesOf(folder))),
  );
  routes.get(
    '/api/runs/pictures',
    ofRun(trainings, async (context, folder) => {
      const run = (await trainings.list()).find(({ name }) => name === nameIn(context));
      const found = run?.saved === undefined ? undefined : await underWay.of(folder, run.saved);
      const pictures = found?.pictures.map(({ stem, picture: { uri } }) => ({ stem, uri })) ?? [];
      return context.json({ ...found, pictures });
    }),
  );
  // Of a study, too.
  routes.get('/report', async (context) => {
    const folder = await results.folderOf(nameIn(context));
    return folder === undefined ? context.json({ problem: 'no such result' }, 404) : report(context, folder);
  });
  return routes;
}

async function report(context: Context, folder: string): Promise<Response> {
  const text = await readFile(join(folder, RUN_PATHS.report), 'utf8').catch(() => undefined);
  if (text === undefined) return context.json({ problem: 'no report yet' }, 404);
  return context.html(text, 200, { 'content-security-policy': REPORT_POLICY });
}
