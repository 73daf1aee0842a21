import { type Known, USES } from './rows.ts';

/** The Dice of a mask as a bar, or what is expected of it, or that nothing is known. */
export function Score({
  masked,
  known: { use, heldOut, numbers },
}: {
  readonly masked: boolean;
  readonly known: Known;
}) {
  const { dice, expected, bound, unlike, problem } = numbers;
  if (problem !== undefined) return <small class="bad">{problem}</small>;
  if (masked) {
    if (dice === undefined) return <small>not scored yet</small>;
    return (
      <span class="score">
        <Bar value={dice} kind={USES[use].seen ? 'seen' : 'true'} /> {dice.toFixed(3)}
        {heldOut !== undefined && <small> held out {heldOut.toFixed(3)}</small>}
      </span>
    );
  }
  if (expected === undefined) return <small>unknown</small>;
  return (
    <span class="score">
      <Bar value={expected} kind="expected" /> {expected.toFixed(3)}{' '}
      <small>
        expected{unlike ? ', unlike the training' : bound !== undefined && `, at least ${bound.toFixed(3)}`}
      </small>
    </span>
  );
}

/** @param value 0..1 */
function Bar({ value, kind }: { readonly value: number; readonly kind: 'true' | 'seen' | 'expected' }) {
  return (
    <span class={`bar ${kind}`} aria-hidden="true">
      <i style={{ width: `${100 * Math.min(1, Math.max(0, value))}%` }} />
    </span>
  );
}
