import type { Signal } from '@preact/signals';

/** What went wrong last, until it is dismissed. */
export function ProblemNote({ problem }: { readonly problem: Signal<string | undefined> }) {
  if (problem.value === undefined) return null;
  return (
    <div class="problem" role="alert">
      <p>{problem.value}</p>
      <button
        type="button"
        onClick={() => {
          problem.value = undefined;
        }}
      >
        Close
      </button>
    </div>
  );
}
