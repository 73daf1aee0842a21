import { UserError } from '../core/errors.ts';
import type { OnnxRuntime } from '../runtime/sessions.ts';

/** ONNX Runtime for pages. */
export interface WebRuntime extends OnnxRuntime {
  readonly env: { readonly wasm: { numThreads?: number } };
}

const MOST = 4;

/** What a page knows of where it runs; Node has neither. */
interface Surroundings {
  readonly crossOriginIsolated?: boolean;
  readonly navigator?: {
    readonly hardwareConcurrency?: number;
    readonly gpu?: { requestAdapter(): Promise<object | null> };
  };
}

/**
 * Tells the runtime how many threads it may use. It listens until its first session.
 *
 * @returns how many
 * @throws UserError for no whole number from 1, and for more than one where the browser gives no more
 */
export function useThreads({ env }: WebRuntime, asked?: number): number {
  const { crossOriginIsolated = false, navigator } = globalThis as Surroundings;
  const usual = Math.min(MOST, Math.max(1, Math.floor((navigator?.hardwareConcurrency ?? 1) / 2)));
  const threads = asked ?? (crossOriginIsolated ? usual : 1);
  if (!Number.isInteger(threads) || threads < 1) {
    throw new UserError({ what: 'threads', got: String(threads), expected: 'a whole number from 1' });
  }
  if (threads > 1 && !crossOriginIsolated) {
    throw new UserError({
      what: 'threads',
      got: `${threads} in a page that is not cross-origin isolated`,
      expected: '1',
      fix: 'let the host send Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp',
    });
  }
  env.wasm.numThreads = threads;
  return threads;
}

/** Whether the browser gives a graphics processor. */
export async function hasGpu(): Promise<boolean> {
  const { navigator } = globalThis as Surroundings;
  const adapter = await navigator?.gpu?.requestAdapter().catch(() => null);
  return adapter !== undefined && adapter !== null;
}
