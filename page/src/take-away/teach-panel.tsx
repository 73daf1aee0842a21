import { useState } from 'preact/hooks';
import type { Lab } from '../lab/lab.ts';
import { saveWeights } from './files.ts';
import { learned, progress, stop, teach } from './teaching.ts';
import { openOriginal, painted, tell } from './visitor.ts';

const MINUTES = [1, 3, 10] as const;

/** The network learns from the visitor's masks, here. */
export function TeachPanel({ lab }: { readonly lab: Lab }) {
  const [minutes, choose] = useState<number>(MINUTES[0]);
  const count = painted.value.size;
  const busy = progress.value;
  return (
    <section class="teach" aria-labelledby="teach">
      <h2 id="teach">Teach it</h2>
      <p class="wait">
        Paint masks of some of your images, three are a beginning, and let the network learn from them: in
        this browser, for as long as you choose.
      </p>
      <fieldset class="choice">
        <legend>How long</legend>
        {MINUTES.map((each) => (
          <label key={each}>
            <input
              type="radio"
              name="minutes"
              checked={minutes === each}
              disabled={busy !== undefined}
              onChange={() => choose(each)}
            />
            {each} min
          </label>
        ))}
      </fieldset>
      <p class="buttons">
        {busy ? (
          <button type="button" onClick={stop}>
            Stop
          </button>
        ) : (
          <button
            type="button"
            class="main"
            disabled={count === 0}
            onClick={() => teach(lab, painted.value, 60 * minutes).catch(tell)}
          >
            Learn from {count} {count === 1 ? 'mask' : 'masks'}
          </button>
        )}
      </p>
      {busy && (
        <p role="status">
          step {busy.step}
          {busy.step > 0 && `, loss ${busy.loss.toFixed(3)}`}, {Math.ceil(busy.left)} s left
        </p>
      )}
      {!busy && learned.value > 0 && (
        <>
          <p role="status">It has learned {learned.value} steps here.</p>
          <p class="buttons">
            <button
              type="button"
              onClick={() => {
                learned.value = 0;
                openOriginal();
              }}
            >
              Back to the original
            </button>
            <button type="button" onClick={() => saveWeights(lab).catch(tell)}>
              Save the weights
            </button>
          </p>
        </>
      )}
    </section>
  );
}
