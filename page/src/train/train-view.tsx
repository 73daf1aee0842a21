import { signal } from '@preact/signals';
import { CHOICE_NAMES, CHOICES, type ChoiceName } from '../../../src/serve/choices.ts';
import { startTraining } from '../server.ts';
import { dataset, runs, telling } from '../state.ts';
import { RunCard } from './run-card.tsx';
import { givenSettings, SettingsForm } from './settings-form.tsx';

const choice = signal<ChoiceName>('usual');
const download = signal(false);

/** Trainings: a new one, and those that there are. */
export function TrainView() {
  const masks = dataset.value?.images.filter(({ masked }) => masked).length ?? 0;
  const begin = () =>
    telling(() =>
      startTraining({ choice: choice.value, settings: givenSettings.value, download: download.value }),
    );
  return (
    <>
      <section aria-labelledby="new-training" class="panel">
        <h2 id="new-training">A new training</h2>
        <fieldset class="choices">
          <legend>How thorough</legend>
          {CHOICE_NAMES.map((name) => (
            <label key={name}>
              <input
                type="radio"
                name="choice"
                checked={choice.value === name}
                onChange={() => {
                  choice.value = name;
                }}
              />
              <strong>{CHOICES[name].title}</strong> <small>{CHOICES[name].what}</small>
            </label>
          ))}
        </fieldset>
        <SettingsForm choice={choice.value} />
        <label class="allow">
          <input
            type="checkbox"
            checked={download.value}
            onChange={({ currentTarget }) => {
              download.value = currentTarget.checked;
            }}
          />
          The encoder may be downloaded, if it is not on this machine
        </label>
        <p>
          <button type="button" class="main" onClick={begin} disabled={masks === 0}>
            Train on {masks} {masks === 1 ? 'mask' : 'masks'}
          </button>
          {masks === 0 && <small> Paint a mask first: choose an image.</small>}
        </p>
      </section>
      {runs.value.map((run) => (
        <RunCard key={run.name} run={run} />
      ))}
    </>
  );
}
