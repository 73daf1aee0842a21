interface Option {
  readonly value: string;
  readonly title: string;
}

/** One of a list. */
export function Choice({
  title,
  options,
  value,
  onChoose,
}: {
  readonly title: string;
  readonly options: readonly Option[];
  readonly value?: string;
  readonly onChoose: (value: string) => void;
}) {
  return (
    <label class="chosen">
      <span>{title}</span>
      <select value={value} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.title}
          </option>
        ))}
      </select>
    </label>
  );
}
