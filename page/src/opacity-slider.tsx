import type { Signal } from '@preact/signals';

/** How opaque something is above an image, 0 to 1. */
export function OpacitySlider({
  opacity,
  title,
  of,
}: {
  readonly opacity: Signal<number>;
  readonly title: string;
  /** What it is of, for those who do not see it. */
  readonly of: string;
}) {
  return (
    <label>
      {title}
      <input
        type="range"
        min="0"
        max="1"
        step="0.05"
        value={opacity.value}
        aria-label={`Opacity of ${of}`}
        onInput={({ currentTarget }) => {
          opacity.value = Number(currentTarget.value);
        }}
      />
    </label>
  );
}
