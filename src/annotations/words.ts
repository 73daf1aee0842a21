/** A text in which `{object has|objects have}` is told by a count, which stands for `#`, or at the beginning where there is none. */
export function plural(count: number, what: string): string {
  const number = count.toLocaleString('en-US');
  const text = what.replace(/\{([^|}]*)\|([^}]*)\}/g, (_, one, many) => (count === 1 ? one : many));
  return text.includes('#') ? text.replaceAll('#', number) : `${number} ${text}`;
}

/** The first few of many. */
export function some(names: readonly string[], most = 3): string {
  return names.slice(0, most).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');
}
