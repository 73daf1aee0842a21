import { type Context, Hono } from 'hono';
import type { Questions } from './questions.node.ts';
import { QUESTION_NAMES, type QuestionName } from './questions.ts';

/** What is asked about all images: how far it is, asking, stopping, and the answers. */
export function questionRoutes(questions: Questions): Hono {
  const routes = new Hono();
  const ofQuestion =
    (work: (name: QuestionName) => Promise<object | undefined> | object | undefined) =>
    async (context: Context) => {
      const name = QUESTION_NAMES.find((known) => known === context.req.query('name'));
      const found = name && (await work(name));
      return found ? context.json(found) : context.json({ problem: 'no such question' }, 404);
    };
  routes.get('/api/questions', (context) => context.json(questions.list()));
  routes.get(
    '/api/questions/answer',
    ofQuestion((name) => questions.answerTo(name) ?? { told: [], images: [] }),
  );
  routes.post(
    '/api/questions/ask',
    ofQuestion(async (name) => {
      await questions.ask(name);
      return {};
    }),
  );
  routes.post(
    '/api/questions/stop',
    ofQuestion((name) => {
      questions.stop(name);
      return {};
    }),
  );
  return routes;
}
