import { useEffect, useRef, useState } from 'preact/hooks';
import { thumbnailOf } from '../server.ts';
import { linkTo } from '../state.ts';

/** In pixels, with the space between two tiles. */
const TILE = { width: 176, height: 196 };
/** Rows above and below the window that are there already. */
const AHEAD = 3;

interface Seen {
  readonly columns: number;
  readonly first: number;
  readonly last: number;
}

/** An image, and what is said of it. */
export interface Shown {
  readonly stem: string;
  readonly masked: boolean;
  readonly said?: string;
  /** What is wrong with it. */
  readonly problem?: string;
}

/** Tiles of images; only those that are seen are in the page. */
export function Grid({ images }: { readonly images: readonly Shown[] }) {
  const box = useRef<HTMLUListElement>(null);
  const [{ columns, first, last }, see] = useState<Seen>({ columns: 1, first: 0, last: 12 });
  useEffect(() => {
    const look = () => {
      const place = box.current?.getBoundingClientRect();
      if (!place) return;
      const wide = Math.max(1, Math.floor(place.width / TILE.width));
      const top = Math.floor(-place.top / TILE.height) - AHEAD;
      const rows = Math.ceil(innerHeight / TILE.height) + 2 * AHEAD;
      const from = Math.max(0, top);
      see((before) =>
        before.columns === wide && before.first === from && before.last === from + rows
          ? before
          : { columns: wide, first: from, last: from + rows },
      );
    };
    look();
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look);
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  }, [images]);
  const rows = Math.ceil(images.length / columns);
  return (
    <ul class="grid" ref={box} style={{ height: `${rows * TILE.height}px` }}>
      {images.slice(first * columns, last * columns).map(({ stem, masked, said, problem }, i) => {
        const index = first * columns + i;
        const [row, column] = [Math.floor(index / columns), index % columns];
        return (
          <li
            key={stem}
            style={{ transform: `translate(${column * TILE.width}px, ${row * TILE.height}px)` }}
            aria-setsize={images.length}
            aria-posinset={index + 1}
          >
            <a href={linkTo(stem)} class={masked ? 'tile masked' : 'tile'}>
              <Thumbnail stem={stem} />
              <span class="stem">{stem}</span>
              <span class="state">{masked ? 'mask' : 'no mask'}</span>
              {problem !== undefined && (
                <span class="found" title={problem}>
                  {problem}
                </span>
              )}
              {said !== undefined && (
                <span class="said" title={said}>
                  {said}
                </span>
              )}
            </a>
          </li>
        );
      })}
    </ul>
  );
}

/** Gives up loading when it is no longer seen: a browser has few connections to one server. */
export function Thumbnail({ stem }: { readonly stem: string }) {
  const picture = useRef<HTMLImageElement>(null);
  useEffect(() => {
    const image = picture.current!;
    image.src = thumbnailOf(stem);
    return () => image.removeAttribute('src');
  }, [stem]);
  return <img ref={picture} alt="" width="160" height="120" />;
}
