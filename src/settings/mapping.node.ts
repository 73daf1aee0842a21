import { UserError } from '../core/errors.ts';
import { readText } from '../core/files.node.ts';
import { yamlOf } from '../core/yaml.ts';

/** A YAML file of settings. */
export async function readMapping(path: string, expected: string): Promise<Record<string, unknown>> {
  const text = await readText(path, expected);
  let got = 'no mapping';
  try {
    const content: unknown = yamlOf(text);
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) {
      return content as Record<string, unknown>;
    }
  } catch (error) {
    got = `no YAML (${(error as Error).message.split('\n')[0]})`;
  }
  throw new UserError({ what: path, got, expected: 'settings as key: value' });
}
