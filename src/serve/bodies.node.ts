import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';

/** Refuses a body of more bytes, before all of it is read. */
export const atMost = (maxSize: number): MiddlewareHandler =>
  bodyLimit({ maxSize, onError: (context) => context.json({ problem: 'too much' }, 413) });

/** Bytes as a body. */
export const bodyOf = (bytes: Uint8Array): ArrayBuffer =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
