import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The program as its users start it, which has to be built: time, memory and sudden ends are those of a process of its own. */
export const fewmask = join(root, 'bin', 'fewmask.js');
