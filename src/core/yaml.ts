import { parse } from 'yaml';

/**
 * YAML as data.
 *
 * @throws Error saying where a text is none; what is only unusual in it is passed over without a word
 */
export const yamlOf = (text: string): unknown => parse(text, { logLevel: 'error' });
