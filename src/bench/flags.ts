/** `--name value` for each setting that is given, `--name` for one that is on. */
export function flagsFor(
  settings: Readonly<Record<string, string | number | boolean | undefined>>,
): string[] {
  return Object.entries(settings)
    .filter(([, value]) => value !== undefined && value !== false)
    .flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, `${value}`]));
}
