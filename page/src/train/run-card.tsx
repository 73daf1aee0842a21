import { useEffect, useState } from 'preact/hooks';
import type { CurvesView, RunView } from '../../../src/serve/api.ts';
import { loadCurves, reportOf, resumeTraining, stopTraining } from '../server.ts';
import { telling } from '../state.ts';
import { Curve } from './curve.tsx';
import { UnderWay } from './under-way.tsx';

const STATES: Readonly<Record<RunView['state'], string>> = {
  queued: 'waits',
  running: 'trains',
  stopped: 'stopped',
  failed: 'failed',
  done: 'done',
};

const three = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(3));
const isUnderWay = ({ state }: RunView) => state === 'running' || state === 'queued';

/** A training: how far it is, what it reached, and its curves. */
export function RunCard({ run }: { readonly run: RunView }) {
  const { name, state, step = 0, steps, left, note, validation, test } = run;
  return (
    <section class="panel run" aria-labelledby={`run-${name}`}>
      <h2 id={`run-${name}`}>
        {name} <small class={state}>{STATES[state]}</small>
      </h2>
      {isUnderWay(run) && steps !== undefined && (
        <p>
          <progress max={steps} value={step} aria-label={`steps of ${name}`} /> step {step} of {steps}
          {left !== undefined && `, ${timeText(left)} left`}
        </p>
      )}
      {note !== undefined && <p class={state === 'failed' ? 'bad' : 'wait'}>{note}</p>}
      <p>
        validation Dice {three(validation)}, test Dice {three(test)}
      </p>
      <Curves run={run} />
      <UnderWay run={run} />
      <p class="buttons">
        {isUnderWay(run) && (
          <button type="button" onClick={() => telling(() => stopTraining(name))}>
            Stop
          </button>
        )}
        {(state === 'stopped' || state === 'failed') && (
          <button type="button" onClick={() => telling(() => resumeTraining(name))}>
            Go on
          </button>
        )}
        {run.reported && (
          <a href={reportOf(name)} target="_blank" rel="noreferrer">
            Report
          </a>
        )}
      </p>
    </section>
  );
}

/** Again whenever it has come further. */
function Curves({ run: { name, step, state, validation } }: { readonly run: RunView }) {
  const [curves, keep] = useState<CurvesView>();
  // Every tenth step is enough to look at.
  const at = Math.floor((step ?? 0) / 10);
  useEffect(() => {
    if (state !== 'queued') telling(() => loadCurves(name)).then((found) => found && keep(found));
  }, [name, at, state, validation]);
  if (!curves) return null;
  return (
    <div class="curves">
      <Curve title="loss" of="step" points={curves.loss} />
      <Curve title="validation Dice" of="epoch" points={curves.validation} />
    </div>
  );
}

function timeText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}
