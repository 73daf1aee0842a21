import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { UserError } from '../../src/core/errors.ts';
import { sha256 } from '../../src/core/files.node.ts';
import { startServer } from '../../src/serve/server.node.ts';
import { writeDataset } from '../../tests/support/dataset.ts';
import type { Attacker } from './attacker.ts';
import { type HostileRequest, hostileRequest, type Known, sent } from './hostile-request.ts';
import { scratchFolder } from './scratch.ts';

/** Requests that one server gets, half of them at once. */
const REQUESTS = 12;

/** More than a server may keep of what it was sent, in bytes. */
const MOST_MEMORY = 1e9;

const SECRET = 'nobody may read this';

/** Those who ask a served page what no page asks. Afterwards it answers as before, and no file has changed. */
export const page: Attacker = {
  name: 'page',
  what: `hostile clients of a served page, ${REQUESTS} requests each`,
  prepare: async () => {
    const root = await scratchFolder();
    const data = join(root, 'data');
    const [stem] = await writeDataset(data, { count: 2, sizes: [[48, 48]] });
    await writeFile(join(root, 'secret.txt'), SECRET);
    const before = await filesOf(root);
    const version = before.get(`data/masks/${stem}.png`)!;
    return (stream) => ({
      text: `${REQUESTS} requests`,
      run: async () => {
        const serving = await startServer({ data, port: 0, runs: join(root, 'runs') }, neverTrains);
        try {
          const known = { ...(await enter(serving.link)), stem, version };
          const requests = Array.from({ length: REQUESTS }, () => hostileRequest(known, stream));
          const port = Number(new URL(serving.link).port);
          const held = process.memoryUsage().rss;
          const statuses = await asked(requests, port);
          const kept = process.memoryUsage().rss - held;
          if (kept > MOST_MEMORY) throw new Error(`${kept} bytes of memory more`);
          await expectAnswer(known, `http://${known.host}`);
          if (statuses.every((status) => status >= 400))
            throw new UserError({ what: 'requests', got: statuses.join(), expected: 'those of a page' });
        } finally {
          await serving.close();
        }
        expectSame(before, await filesOf(root));
      },
    });
  },
};

const neverTrains = () => Promise.reject(new Error('no training here'));

async function enter(link: string): Promise<Pick<Known, 'host' | 'cookie'>> {
  const answer = await fetch(link, { redirect: 'manual' });
  return { host: new URL(link).host, cookie: answer.headers.get('set-cookie')!.split(';')[0] };
}

/** @returns the statuses of those that were answered. @throws Error for a failure of the server, or what a stranger got */
async function asked(requests: readonly HostileRequest[], port: number): Promise<number[]> {
  const half = requests.length / 2;
  const together = await Promise.all(requests.slice(0, half).map((request) => sent(request, port)));
  const answers = [...together];
  for (const request of requests.slice(half)) answers.push(await sent(request, port));
  for (const [i, { status, text }] of answers.entries()) {
    const { head, manner, stranger } = requests[i];
    const told = `${status} to ${JSON.stringify(head.slice(0, 300))}`;
    if (text.includes(SECRET)) throw new Error(`the secret: ${told}`);
    if (status === undefined ? manner === 'whole' : status >= 500) throw new Error(told);
    if (stranger && status !== undefined && status < 400) throw new Error(`let in: ${told}`);
  }
  return answers.flatMap(({ status }) => status ?? []);
}

async function expectAnswer({ cookie, stem }: Known, origin: string): Promise<void> {
  const answer = await fetch(`${origin}/api/mask?stem=${stem}`, { headers: { cookie } });
  const { byteLength } = await answer.arrayBuffer();
  if (answer.status !== 200 || byteLength !== 48 * 48)
    throw new Error(`then ${answer.status}, ${byteLength} bytes`);
}

/** All files below a folder, by their hashes; not those of trainings, which may be asked for. */
async function filesOf(root: string): Promise<ReadonlyMap<string, string>> {
  const found = (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const hashed = await Promise.all(
    found.map(async (path) => [relative(root, path), sha256(await readFile(path))] as const),
  );
  return new Map(hashed.filter(([path]) => !path.startsWith('runs/')));
}

function expectSame(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): void {
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  );
  if (changed.length > 0) throw new Error(`changed: ${changed.join(', ')}`);
}
