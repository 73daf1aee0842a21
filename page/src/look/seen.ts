import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Rows above and below the window that are there already. */
const AHEAD = 6;

/**
 * Which of many rows are seen.
 *
 * @param box where they lie
 * @param height of each, in pixels
 */
export function useSeen(box: RefObject<HTMLElement | null>, count: number, height: number) {
  const [seen, see] = useState({ first: 0, last: 30 });
  useEffect(() => {
    const look = () => {
      const place = box.current?.getBoundingClientRect();
      if (!place) return;
      const first = Math.max(0, Math.min(count - 1, Math.floor(-place.top / height) - AHEAD));
      const last = first + Math.ceil(innerHeight / height) + 2 * AHEAD;
      see((before) => (before.first === first && before.last === last ? before : { first, last }));
    };
    look();
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look);
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  }, [box, count, height]);
  return { first: Math.min(seen.first, count), last: Math.min(seen.last, count) };
}
