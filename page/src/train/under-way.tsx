import { useEffect, useState } from 'preact/hooks';
import type { RunView, UnderWayView } from '../../../src/serve/api.ts';
import { loadUnderWay } from '../server.ts';
import { dataset, telling } from '../state.ts';

const PARTS = { validation: 'images that it does not train on', train: 'images that it trains on' } as const;

const OUTLINES = 'the mask in green, the prediction in orange';
const MAPS = 'the mask on the left, the prediction on the right';

/** What a network makes of some images while it is trained; again whenever its state was saved. */
export function UnderWay({ run: { name, state, saved } }: { readonly run: RunView }) {
  const [found, keep] = useState<UnderWayView>();
  const shown = state === 'running' && saved !== undefined;
  useEffect(() => {
    if (shown) telling(() => loadUnderWay(name)).then((view) => view && keep(view));
  }, [name, saved, shown]);
  const several = (dataset.value?.classes.length ?? 0) > 2;
  if (!shown || !found?.part || found.pictures.length === 0) return null;
  return (
    <figure class="under-way">
      <figcaption>
        After step {found.step}, of {PARTS[found.part]}: {several ? MAPS : OUTLINES}
      </figcaption>
      {found.pictures.map(({ stem, uri }) => (
        <img key={stem} src={uri} alt={`prediction of ${stem} after step ${found.step}`} />
      ))}
    </figure>
  );
}
