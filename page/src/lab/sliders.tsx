import type { Lab } from './lab.ts';
import { presetsOf, titleOf } from './presets.ts';

/** The paths, each with its slider and what an audit has found of it; and settings of all of them. */
export function Sliders({ lab }: { readonly lab: Lab }) {
  const { facts, about } = lab.network;
  const gates = lab.gates.value;
  const isAt = (wanted: readonly number[]) => wanted.every((gate, i) => gate === gates[i]);
  return (
    <>
      <fieldset class="choice presets">
        <legend>Presets</legend>
        {presetsOf(facts.paths).map(({ title, gates: wanted }) => (
          <button key={title} type="button" aria-pressed={isAt(wanted)} onClick={() => lab.turnAll(wanted)}>
            {title}
          </button>
        ))}
      </fieldset>
      {facts.paths.map((path, i) => (
        <div key={path} class="path">
          <label for={`gate-${path}`}>{titleOf(path)}</label>
          <input
            id={`gate-${path}`}
            type="range"
            min="0"
            max="1"
            step="0.01"
            value={gates[i]}
            onInput={({ currentTarget }) => lab.turn(i, Number(currentTarget.value))}
          />
          <span class="gate" aria-hidden="true">
            {gates[i].toFixed(2)}
          </span>
          {about.shares && <Share path={path} share={about.shares[path] ?? null} />}
        </div>
      ))}
      <p class="wait">
        {about.shares ? (
          'Beside each path: its share of what the network explains, as an audit has found.'
        ) : (
          <>
            What each path contributes to many images, an audit tells:{' '}
            <code>fewmask audit RUNS/{about.name}</code>
          </>
        )}
      </p>
    </>
  );
}

function Share({ path, share }: { readonly path: string; readonly share: number | null }) {
  if (share === null) return <span class="share">–</span>;
  const percent = `${Math.round(100 * share)} %`;
  return (
    <span class="share" title={`share of ${titleOf(path)} in the audit: ${percent}`}>
      <i style={{ width: `${Math.min(100, Math.max(0, 100 * share))}%` }} />
      <b>{percent}</b>
    </span>
  );
}
