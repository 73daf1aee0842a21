import { type Context, Hono } from 'hono';
import { nameIn, ofImage, ofRun } from './asked-for.node.ts';
import type { Dataset } from './dataset.node.ts';
import type { Networks } from './networks.node.ts';
import type { Predicted } from './predicted.node.ts';
import { Results } from './results.node.ts';
import { RunImages } from './run-images.node.ts';
import { exportedModel, zippedPredictions } from './take-away.node.ts';
import type { Trainings } from './trainings.node.ts';

/** Finished networks: the table of them, their scores image by image, and what is taken away of them. */
export function lookRoutes(
  dataset: Dataset,
  trainings: Trainings,
  networks: Networks,
  predicted: Predicted,
): Hono {
  const routes = new Hono();
  const results = new Results(trainings);
  const images = new RunImages(dataset, predicted);
  routes.get('/api/look/results', async (context) => context.json(await results.list()));
  routes.get(
    '/api/look/images',
    ofRun(trainings, async (context, folder) => context.json(await images.of(folder, nameIn(context)))),
  );
  routes.get(
    '/api/look/numbers',
    ofRun(trainings, (context, folder) =>
      ofImage(dataset, async (_, sample) =>
        context.json(await predicted.numbers(folder, sample, signalOf(context))),
      )(context),
    ),
  );
  routes.get(
    '/look/predictions.zip',
    ofRun(trainings, (context, folder) => {
      const open = dataset.samples.filter(({ mask }) => mask === undefined);
      const made = zippedPredictions(folder, open, networks, signalOf(context));
      return downloaded(context, made, {
        file: `${nameIn(context)}-predictions.zip`,
        type: 'application/zip',
      });
    }),
  );
  routes.get(
    '/look/model.onnx',
    ofRun(trainings, (context, folder) => {
      const made = exportedModel(folder, networks, signalOf(context));
      return downloaded(context, made, { file: `${nameIn(context)}.onnx`, type: 'application/octet-stream' });
    }),
  );
  return routes;
}

/** Says when whoever asked has left. */
const signalOf = (context: Context): AbortSignal => context.req.raw.signal;

/**
 * A file that is sent as it is made, no faster than it is taken. What goes wrong before its first bytes is told as an error; later the connection
 * breaks off, so that a part is not taken for the whole.
 */
async function downloaded(
  context: Context,
  chunks: AsyncGenerator<Uint8Array>,
  { file, type }: { readonly file: string; readonly type: string },
): Promise<Response> {
  const first = await chunks.next();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      if (!first.done) controller.enqueue(first.value);
    },
    pull: async (controller) => {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => {
      await chunks.return(undefined);
    },
  });
  const name = file.replaceAll(/[^\w.-]+/g, '-');
  return context.body(body, 200, {
    'content-type': type,
    'content-disposition': `attachment; filename="${name}"`,
  });
}
