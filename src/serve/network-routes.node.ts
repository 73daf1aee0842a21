import { Hono } from 'hono';
import { bodyOf } from './bodies.node.ts';
import type { Networks } from './networks.node.ts';

/** Networks: which there are, and their files. Both names are looked up in lists. */
export function networkRoutes(networks: Networks): Hono {
  const routes = new Hono();
  routes.get('/api/networks', async (context) => context.json(await networks.list()));
  routes.get('/api/network', async (context) => {
    const files = await networks.files(context.req.query('name') ?? '');
    if (!files) return context.json({ problem: 'no such network' }, 404);
    const bytes = files.get(context.req.query('file') ?? '');
    if (!bytes) return context.json({ problem: 'no such file' }, 404);
    return context.body(bodyOf(bytes), 200, { 'content-type': 'application/octet-stream' });
  });
  return routes;
}
