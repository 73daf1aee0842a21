import { ERROR_KINDS } from '../../../src/paint/comparison.ts';
import { OpacitySlider } from '../opacity-slider.tsx';
import { dataset } from '../state.ts';
import { choose, MODE_NAMES, MODES, modeFor, opacity, wipe } from './modes.ts';

/** What is seen above the image, how strongly, and where the wipe is. */
export function LookTools({ masked, whole }: { readonly masked: boolean; readonly whole: () => void }) {
  const mode = modeFor(masked);
  const several = (dataset.value?.classes.length ?? 0) > 2;
  return (
    <div class="toolbar">
      <fieldset class="choice">
        <legend>What is seen</legend>
        {MODE_NAMES.map((name) => (
          <label key={name}>
            <input
              type="radio"
              name="mode"
              checked={mode === name}
              disabled={MODES[name].needsMask && !masked}
              onChange={() => choose(name)}
            />
            {MODES[name].title}
          </label>
        ))}
      </fieldset>
      {mode === 'wipe' && (
        <label class="wipe">
          Wipe
          <input
            type="range"
            min="0"
            max="100"
            value={100 * wipe.value}
            aria-label="Wipe: left of it the mask, right of it the prediction"
            aria-valuetext={`the mask on ${Math.round(100 * wipe.value)} % of the width`}
            onInput={({ currentTarget }) => {
              wipe.value = Number(currentTarget.value) / 100;
            }}
          />
        </label>
      )}
      <OpacitySlider opacity={opacity} title="Colours" of="the colours above the image" />
      <button type="button" onClick={whole}>
        Whole image
      </button>
      {mode === 'errors' && (
        <ul class="legend" aria-label="Colours">
          {ERROR_KINDS.filter(({ kind }) => several || kind !== 'confused').map(({ kind, title, colour }) => (
            <li key={kind}>
              <i class="swatch" style={{ background: colour }} /> {title}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
