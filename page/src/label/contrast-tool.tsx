import { telling } from '../state.ts';
import type { Shade } from './shade.ts';

/** Chooses which values are black and white, of an image that has more of them than a screen shows. */
export function ContrastTool({ shade }: { readonly shade: Shade }) {
  if (!shade.deep) return null;
  const [values, contrast] = [shade.values.value, shade.contrast.value];
  if (!values || !contrast)
    return (
      <button type="button" onClick={() => telling(() => shade.load())}>
        Contrast
      </button>
    );
  // Of what the image holds; as the network sees it black and white may lie beyond.
  const { low, high } = values;
  const bounds = [
    { title: 'Black', value: contrast.low, change: (value: number) => ({ ...contrast, low: value }) },
    { title: 'White', value: contrast.high, change: (value: number) => ({ ...contrast, high: value }) },
  ];
  return (
    <span class="contrast">
      {bounds.map(({ title, value, change }) => (
        <label key={title}>
          {title} <output>{told(value)}</output>
          <input
            type="range"
            min={low}
            max={high}
            step={(high - low) / 1000}
            value={value}
            aria-label={`Value that is ${title.toLowerCase()}`}
            onInput={({ currentTarget }) => shade.set(change(Number(currentTarget.value)))}
          />
        </label>
      ))}
      <button type="button" onClick={() => shade.setByImage()}>
        By this image
      </button>
      <button type="button" onClick={() => shade.set({ low: values.black, high: values.white })}>
        As the network
      </button>
    </span>
  );
}

const told = (value: number): string =>
  Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
