import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A Python with these modules, or undefined. A system's own comes first, as for fewmask bench. */
export function pythonWith(...modules: readonly string[]): string | undefined {
  return ['/usr/bin/python3', 'python3'].find((each) => {
    try {
      execFileSync(each, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/** A script in tests/fixtures. */
export const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
