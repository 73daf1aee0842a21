import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as onnxruntime from 'onnxruntime-node';
import { UserError } from '../core/errors.ts';
import { type KeptPackages, keptPackages } from '../npm/kept-packages.node.ts';
import type { PinnedPackage } from '../npm/npm.node.ts';

/** The packages of ONNX Runtime for Node: its own, and what it imports. */
export const RUNTIME_PACKAGES: readonly PinnedPackage[] = [
  {
    package: 'onnxruntime-node',
    version: '1.30.0',
    integrity:
      'sha512-twhs1C2C/BFkz1yc5OY0KIU2GUq6DURO7hD4bx5Q2Qy3nAMJwRXW8xU3NVczE29VA9lolLOYepoD8fjTGOfIqw==',
  },
  {
    package: 'onnxruntime-common',
    version: '1.30.0',
    integrity:
      'sha512-7fdVWjAID1dVhH/G8qK3APARunV4VkBFoCQAP7qp4Wkab0mrorvmc+sqiT+mKXOzDqdjN5j+/Z9nb4gzNPWcyA==',
  },
];

const [{ package: NAME, version: VERSION }] = RUNTIME_PACKAGES;

/** Which ONNX Runtime computes. */
export const RUNTIME_VERSION = VERSION;

/** Those of other platforms are 200 MB. */
const BINARIES = `bin/napi-v6/${process.platform}/${process.arch}/`;

const RUNTIME: KeptPackages = {
  title: `ONNX Runtime ${VERSION} for ${process.platform} ${process.arch}`,
  packages: RUNTIME_PACKAGES,
  folder: `onnxruntime-${VERSION}-${process.platform}-${process.arch}`,
  download: 113_507_888,
  isNeeded: (path) =>
    path.startsWith('bin/')
      ? path.startsWith(BINARIES)
      : path === 'package.json' || (path.startsWith('dist/') && !/\.(map|d\.ts)$/.test(path)),
  expectWhole: (name, files) => {
    if (name !== NAME || [...files.keys()].some((path) => path.startsWith(BINARIES))) return;
    throw new UserError({
      what: 'ONNX Runtime',
      got: `no binaries for ${process.platform} ${process.arch}`,
      expected: 'linux, darwin or win32 on x64 or arm64',
      fix: 'use a machine of one of these kinds',
    });
  },
};

/**
 * ONNX Runtime: the installed package, if it has the version that this program is made for, or else one of that version from the
 * user's cache, fetched there once. npm does not install it with this package: its install script loads files for GPUs from elsewhere,
 * and where it cannot, npm removes everything again.
 *
 * @param announce is told before anything is fetched
 * @throws UserError if it has to be fetched and cannot be
 */
export async function onnxRuntime(announce: (text: string) => void): Promise<typeof onnxruntime> {
  const file = installed() ?? (await kept(announce));
  return import(pathToFileURL(file).href);
}

/** The module's file, where the package is installed in the version that is needed. */
function installed(): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    const { version } = require(`${NAME}/package.json`) as { readonly version: string };
    return version === VERSION ? require.resolve(NAME) : undefined;
  } catch {
    return undefined;
  }
}

async function kept(announce: (text: string) => void): Promise<string> {
  const folder = await keptPackages(RUNTIME, announce);
  return createRequire(pathToFileURL(join(folder, 'any.js'))).resolve(NAME);
}
