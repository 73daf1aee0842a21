import { Hono } from 'hono';
import { bodyOf } from './bodies.node.ts';
import type { LabNetworks } from './lab-networks.node.ts';

/** The networks that the lab opens: which there are, and their files. Both names are looked up in lists. */
export function labRoutes(networks: LabNetworks): Hono {
  const routes = new Hono();
  routes.get('/api/lab/networks', async (context) => context.json(await networks.list()));
  routes.get('/api/lab/network', async (context) => {
    const files = await networks.files(context.req.query('name') ?? '');
    if (!files) return context.json({ problem: 'no such network' }, 404);
    const bytes = files.get(context.req.query('file') ?? '');
    if (!bytes) return context.json({ problem: 'no such file' }, 404);
    return context.body(bodyOf(bytes), 200, { 'content-type': 'application/octet-stream' });
  });
  return routes;
}
