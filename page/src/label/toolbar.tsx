import type { ComponentChildren } from 'preact';
import { OpacitySlider } from '../opacity-slider.tsx';
import {
  keepOthers,
  type Labelled,
  label,
  opacity,
  paintable,
  RADIUS,
  radius,
  TOOL_NAMES,
  TOOLS,
  tool,
} from './brush.ts';
import type { Actions } from './shortcuts.ts';

/** Tools, classes and what they are set to. */
export function Toolbar({
  data,
  actions,
  children,
}: {
  readonly data: Labelled;
  readonly actions: Actions;
  /** More tools. */
  readonly children?: ComponentChildren;
}) {
  const classes = paintable(data);
  return (
    <div class="toolbar">
      <fieldset class="choice">
        <legend>Tool</legend>
        {TOOL_NAMES.map((name) => (
          <label key={name} class="pick">
            <input
              type="radio"
              name="tool"
              checked={tool.value === name}
              onChange={() => {
                tool.value = name;
              }}
            />
            {TOOLS[name].title}
          </label>
        ))}
      </fieldset>
      {classes.length > 1 && (
        <fieldset class="choice">
          <legend>Class</legend>
          {classes.map(({ name, value, colour }) => (
            <label key={name} class="pick">
              <input
                type="radio"
                name="class"
                checked={label.value === value}
                onChange={() => {
                  label.value = value;
                }}
              />
              <i class="swatch" style={{ background: colour }} />
              {name}
            </label>
          ))}
        </fieldset>
      )}
      <label>
        Brush <output>{Math.round(2 * radius.value)} px</output>
        <input
          type="range"
          min={Math.log(RADIUS.least)}
          max={Math.log(RADIUS.most)}
          step="0.05"
          value={Math.log(radius.value)}
          aria-label="Diameter of the brush"
          onInput={({ currentTarget }) => {
            radius.value = Math.exp(Number(currentTarget.value));
          }}
        />
      </label>
      <OpacitySlider opacity={opacity} title="Mask" of="the mask" />
      {children}
      {classes.length > 1 && (
        <label>
          <input
            type="checkbox"
            checked={keepOthers.value}
            onChange={({ currentTarget }) => {
              keepOthers.value = currentTarget.checked;
            }}
          />
          Keep other classes
        </label>
      )}
      <span class="buttons">
        <button type="button" onClick={actions.undo}>
          Undo
        </button>
        <button type="button" onClick={actions.redo}>
          Redo
        </button>
        <button type="button" onClick={actions.whole}>
          Whole image
        </button>
        <button type="button" onClick={actions.help} aria-label="Shortcuts">
          ?
        </button>
      </span>
    </div>
  );
}
