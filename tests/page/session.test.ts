import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { radius } from '../../page/src/label/brush.ts';
import { Drawing } from '../../page/src/label/drawing.ts';
import { anyUnsaved, LabelSession } from '../../page/src/label/session.ts';

const SIZE = { width: 8, height: 8 };
const AREA = SIZE.width * SIZE.height;
const NO_ROOM = '/data/masks/a.png: got no room on the disk (ENOSPC)';
const CHANGED = 'this mask was changed elsewhere';

/** What the server says of saving, and what it was sent. */
let refused: { readonly status: number; readonly problem: string } | undefined;
let sent: number[] = [];
/** How long masks take to be read, in ms, one after the other. */
let slow: number[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  radius.value = 0.5;
  slow = [];
  sent = [];
  refused = undefined;
  vi.stubGlobal('createImageBitmap', async () => ({ ...SIZE, close: () => {} }));
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    if (path.startsWith('/api/image')) return new Response(new Uint8Array(1));
    if (init?.method !== 'PUT') {
      await new Promise((read) => setTimeout(read, slow.shift() ?? 0));
      const headers = { etag: '"first"', 'x-width': '8', 'x-height': '8', 'x-planes': '1' };
      return new Response(new Uint8Array(AREA), { headers });
    }
    sent.push(new Uint8Array(init.body as ArrayBuffer).filter(Boolean).length);
    if (!refused) return Response.json({ version: `after ${sent.length}` });
    return Response.json({ problem: refused.problem }, { status: refused.status });
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const load = (stem: string, left?: AbortSignal) => LabelSession.open(stem, { multilabel: false }, left);
const open = async (stem: string) => {
  const opened = load(stem);
  await vi.advanceTimersByTimeAsync(0);
  return (await opened)!;
};
const marked = (count: number) => ({ planes: [new Uint8Array(AREA).map((_, i) => Number(i < count))] });
const later = () => vi.advanceTimersByTimeAsync(500);

test('what could not be saved is saved when the image is left', async () => {
  const session = await open('a');
  refused = { status: 422, problem: NO_ROOM };
  session.startFrom(marked(3));
  await later();
  expect([session.saved.value, session.problem.value]).toEqual(['not saved', NO_ROOM]);
  refused = undefined;
  expect(await session.close()).toBeUndefined();
  expect(sent).toEqual([3, 3]);
  expect(anyUnsaved()).toBe(false);
});

test('what cannot be saved then either is told, and is there when the image is opened again', async () => {
  const session = await open('a');
  refused = { status: 422, problem: NO_ROOM };
  session.startFrom(marked(3));
  expect(await session.close()).toBe(NO_ROOM);
  expect(anyUnsaved()).toBe(true);
  const again = await open('a');
  expect(again.labels()).toEqual(marked(3).planes[0]);
  refused = undefined;
  again.startFrom(marked(5));
  expect(await again.close()).toBeUndefined();
  expect(sent).toEqual([3, 5]);
  expect(anyUnsaved()).toBe(false);
});

test('what the server has kept, as the mask was changed elsewhere, is told once and not sent again', async () => {
  const session = await open('a');
  refused = { status: 412, problem: CHANGED };
  session.startFrom(marked(3));
  await later();
  expect(session.problem.value).toBe(CHANGED);
  expect(await session.close()).toBeUndefined();
  const next = await open('a');
  next.startFrom(marked(4));
  expect(await next.close()).toBe(CHANGED);
  expect(sent).toEqual([3, 4]);
  expect(anyUnsaved()).toBe(false);
});

test('labels whose answer was lost are sent again before what was painted since', async () => {
  const session = await open('a');
  const answers = globalThis.fetch;
  // The server has saved them all the same.
  let version = 'first';
  vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
    const own = `${new Uint8Array(init.body as ArrayBuffer).filter(Boolean).length}`;
    const read = (init.headers as Record<string, string>)['if-match'];
    sent.push(Number(own));
    if (read !== `"${version}"` && own !== version)
      return Response.json({ problem: CHANGED }, { status: 412 });
    version = own;
    if (sent.length <= 2) throw new TypeError('the line is cut');
    return Response.json({ version });
  });
  for (const count of [3, 4, 5]) {
    session.startFrom(marked(count));
    await later();
  }
  expect([session.saved.value, sent]).toEqual(['saved', [3, 3, 3, 5]]);
  vi.stubGlobal('fetch', answers);
  await session.close();
});

test('what comes after the image was left changes nothing', async () => {
  const session = await open('a');
  await session.close();
  session.startFrom(marked(9));
  await later();
  expect(sent).toEqual([]);
  expect(session.labels().some(Boolean)).toBe(false);
});

test('an image that is opened while it is still being saved is read after that', async () => {
  const session = await open('a');
  session.startFrom(marked(3));
  const closed = session.close();
  const again = await open('a');
  await closed;
  expect(again).not.toBe(session);
  expect(sent).toEqual([3]);
});

test('a stroke that is under way is not saved, and is when the image is left', async () => {
  const session = await open('a');
  const drawing = new Drawing(session);
  drawing.down([1, 1]);
  drawing.move([6, 1]);
  await later();
  expect([session.saved.value, anyUnsaved(), sent]).toEqual(['to be saved', true, []]);
  const drawn = session.labels().filter(Boolean).length;
  expect(await session.close()).toBeUndefined();
  expect(sent).toEqual([drawn]);
  expect(anyUnsaved()).toBe(false);
  drawing.move([6, 6]);
  drawing.up();
  expect(session.labels().filter(Boolean)).toHaveLength(drawn);
});

test('a stroke that is given up is in no file', async () => {
  const session = await open('a');
  const drawing = new Drawing(session);
  drawing.down([1, 1]);
  drawing.up();
  const dot = session.labels().filter(Boolean).length;
  await vi.advanceTimersByTimeAsync(200);
  drawing.down([1, 4]);
  drawing.move([6, 4]);
  await later();
  drawing.cancel();
  await later();
  expect(session.labels().filter(Boolean)).toHaveLength(dot);
  expect([session.saved.value, sent]).toEqual(['saved', [dot]]);
  await session.close();
});

test('labels that come during a stroke end it, and each is undone by itself', async () => {
  const session = await open('a');
  const drawing = new Drawing(session);
  drawing.down([1, 1]);
  session.startFrom(marked(40));
  drawing.move([1, 7]);
  drawing.up();
  const after = () => session.labels().filter(Boolean).length;
  expect(after()).toBe(40);
  session.undo();
  expect(after()).toBeGreaterThan(0);
  session.undo();
  expect(after()).toBe(0);
  await session.close();
});

test('an image that is left while it is read, and opened again, is there once', async () => {
  slow = [80, 10];
  const left = new AbortController();
  const first = load('a', left.signal);
  left.abort();
  const second = load('a');
  await vi.advanceTimersByTimeAsync(100);
  expect(await first).toBeUndefined();
  const session = (await second)!;
  refused = { status: 422, problem: NO_ROOM };
  session.startFrom(marked(3));
  await later();
  expect(anyUnsaved()).toBe(true);
  expect(await session.close()).toBe(NO_ROOM);
  expect(await open('a')).toBe(session);
  refused = undefined;
  expect(await session.close()).toBeUndefined();
});
