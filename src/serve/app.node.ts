import { Hono } from 'hono';
import { UserError } from '../core/errors.ts';
import type { Dataset } from './dataset.node.ts';
import { type Guard, guarded, withSafeHeaders } from './guard.node.ts';
import { imageRoutes } from './image-routes.node.ts';
import type { LabNetworks } from './lab-networks.node.ts';
import { labRoutes } from './lab-routes.node.ts';
import { lookRoutes } from './look-routes.node.ts';
import type { Networks } from './networks.node.ts';
import type { PageFiles } from './page-files.node.ts';
import { Predicted } from './predicted.node.ts';
import { questionRoutes } from './question-routes.node.ts';
import type { Questions } from './questions.node.ts';
import type { Thumbnails } from './thumbnails.node.ts';
import { toldRoutes } from './told-routes.node.ts';
import { trainingRoutes } from './training-routes.node.ts';
import type { Trainings } from './trainings.node.ts';
import { PicturesUnderWay } from './under-way.node.ts';

/** What is served. */
export interface Served {
  readonly dataset: Dataset;
  readonly thumbnails: Thumbnails;
  readonly trainings: Trainings;
  readonly questions: Questions;
  readonly labNetworks: LabNetworks;
  readonly networks: Networks;
  readonly page: PageFiles;
}

/**
 * What answers the page's requests. Images are named by their stems and trainings by their names, which are looked up in lists: no path
 * comes from a request.
 */
export function appOf(
  { dataset, thumbnails, trainings, questions, networks, labNetworks, page }: Served,
  guard: Guard,
): Hono {
  const app = new Hono();
  const predicted = new Predicted(dataset, networks);
  app.use(withSafeHeaders);
  app.use(guarded(guard));
  app.route('/', imageRoutes(dataset, thumbnails, trainings, predicted));
  app.route('/', trainingRoutes(trainings, new PicturesUnderWay(dataset)));
  app.route('/', questionRoutes(questions));
  app.route('/', toldRoutes({ runs: trainings, questions }));
  app.route('/', labRoutes(labNetworks));
  app.route('/', lookRoutes(dataset, trainings, networks, predicted));
  app.get('*', (context) => page.answer(context));
  app.notFound((context) => context.json({ problem: 'no such place' }, 404));
  app.onError((error, context) => {
    // Nobody is there any more to be told.
    if (context.req.raw.signal.aborted) return context.body(null);
    if (error instanceof UserError) return context.json({ problem: error.message }, 422);
    console.error(error);
    return context.json({ problem: 'something went wrong in the server; see the terminal' }, 500);
  });
  return app;
}
