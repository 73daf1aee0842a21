interface Point {
  readonly at: number;
  readonly value: number;
}

const [WIDTH, HEIGHT] = [320, 90];

/** A line of values, with its first, lowest and last told. */
export function Curve({
  title,
  of,
  points,
}: {
  readonly title: string;
  readonly of: string;
  readonly points: readonly Point[];
}) {
  if (points.length < 2) return null;
  const values = points.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [first, last] = [points[0].at, points[points.length - 1].at];
  const x = (at: number) => ((at - first) / (last - first || 1)) * WIDTH;
  const y = (value: number) => HEIGHT - 4 - ((value - low) / (high - low || 1)) * (HEIGHT - 8);
  const path = points
    .map(({ at, value }, i) => `${i === 0 ? 'M' : 'L'}${x(at).toFixed(1)},${y(value).toFixed(1)}`)
    .join('');
  const end = values[values.length - 1];
  return (
    <figure class="curve">
      <figcaption>
        {title}: {end.toFixed(3)} at {of} {last}{' '}
        <small>
          ({low.toFixed(3)} to {high.toFixed(3)})
        </small>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${title} by ${of}, from ${values[0].toFixed(3)} to ${end.toFixed(3)}`}
      >
        <path d={path} />
      </svg>
    </figure>
  );
}
