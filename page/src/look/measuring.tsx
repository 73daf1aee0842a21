import { useEffect, useRef, useState } from 'preact/hooks';
import { telling } from '../state.ts';
import type { RunScores } from './scores.ts';

/** An image that a run has not looked at yet. */
interface Open {
  readonly scores: RunScores;
  readonly stem: string;
}

/** Scores the images that are not scored yet, one after the other, while the page is open here. */
export function Measuring({ open }: { readonly open: readonly Open[] }) {
  const [done, tell] = useState<{ readonly at: number; readonly of: number }>();
  const under = useRef<AbortController>(undefined);
  useEffect(() => () => under.current?.abort(), []);
  const begin = async () => {
    under.current = new AbortController();
    const { signal } = under.current;
    const failed = await telling(async () => {
      for (const [at, { scores, stem }] of open.entries()) {
        tell({ at, of: open.length });
        await scores.measure(stem, signal).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
        if (signal.aborted) break;
      }
      return true;
    });
    if (failed !== undefined || !signal.aborted) tell(undefined);
  };
  if (done) {
    return (
      <span class="buttons">
        <progress max={done.of} value={done.at} aria-label="images that are scored" />
        <span>
          {done.at} of {done.of}
        </span>
        <button type="button" onClick={() => under.current?.abort()}>
          Stop
        </button>
      </span>
    );
  }
  if (open.length === 0) return null;
  return (
    <button type="button" onClick={begin}>
      Score {open.length} {open.length === 1 ? 'image' : 'images'}
    </button>
  );
}
