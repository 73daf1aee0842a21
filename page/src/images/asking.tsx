import { QUESTIONS, type QuestionName } from '../../../src/serve/questions.ts';
import { ask, stopAsking } from '../server.ts';
import { answers, questions, runs, telling } from '../state.ts';

/** A question about all images: how far it is, and what to do. */
export function Asking({ name }: { readonly name: QuestionName }) {
  const { title, what, network } = QUESTIONS[name];
  const { state = 'open', note, run } = questions.value.find((question) => question.name === name) ?? {};
  const newest = runs.value.find((one) => one.state === 'done')?.name;
  const underWay = state === 'waiting' || state === 'running';
  const answer = answers.value[name];
  return (
    <section class="asking" aria-label={title}>
      {!answer && !underWay && <p>{`${title}: ${what}.`}</p>}
      {answer?.told.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {underWay && (
        <p class="wait" role="status">
          {state === 'waiting' ? 'waits for what is under way' : (note ?? 'under way')}
        </p>
      )}
      {state === 'failed' && <p class="bad">{note}</p>}
      <p class="buttons">
        {underWay ? (
          <button type="button" onClick={() => telling(() => stopAsking(name))}>
            Stop
          </button>
        ) : (
          <button
            type="button"
            disabled={network && newest === undefined}
            onClick={() => telling(() => ask(name))}
          >
            {answer ? 'Find out again' : 'Find out'}
          </button>
        )}
        {network && (
          <small>
            {newest === undefined ? 'Train a network first.' : `by ${underWay ? run : newest}`}
            {answer && run !== undefined && run !== newest && !underWay && `; shown is what ${run} said`}
          </small>
        )}
      </p>
    </section>
  );
}
