import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as onnxruntime from 'onnxruntime-node';
import { cacheFolder } from '../core/cache-folder.node.ts';
import { UserError } from '../core/errors.ts';
import { writeWhole, writing } from '../core/files.node.ts';
import { formatMegabytes } from '../core/format.ts';
import { fetchTarball, filesWhere, type PinnedPackage, reasonOf, registryOf } from '../npm/npm.node.ts';

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

/** Bytes of the tarball, of all platforms. */
const DOWNLOAD = 113_507_888;

const [{ package: NAME, version: VERSION }] = RUNTIME_PACKAGES;

/** Which ONNX Runtime computes. */
export const RUNTIME_VERSION = VERSION;

/**
 * ONNX Runtime: the installed package, if it has the version that this program is made for, or else one of that version from the
 * user's cache, fetched there once. npm does not install it with this package: its install script loads files for GPUs from elsewhere,
 * and where it cannot, npm removes everything again.
 *
 * @param announce is told before anything is fetched
 * @throws UserError if it has to be fetched and cannot be
 */
export async function onnxRuntime(announce: (text: string) => void): Promise<typeof onnxruntime> {
  const file = installed(import.meta.url) ?? (await kept(announce));
  return import(pathToFileURL(file).href);
}

/** The module's file, where the package is installed in the version that is needed. */
function installed(from: string | URL): string | undefined {
  const require = createRequire(from);
  try {
    const { version } = require(`${NAME}/package.json`) as { readonly version: string };
    return version === VERSION ? require.resolve(NAME) : undefined;
  } catch {
    return undefined;
  }
}

async function kept(announce: (text: string) => void): Promise<string> {
  const folder = join(cacheFolder(), `onnxruntime-${VERSION}-${process.platform}-${process.arch}`);
  if (!existsSync(folder)) await fetchInto(folder, announce);
  return createRequire(pathToFileURL(join(folder, 'any.js'))).resolve(NAME);
}

/** Whole or not at all; of several processes that do so the first one counts. */
async function fetchInto(folder: string, announce: (text: string) => void): Promise<void> {
  const registry = await registryOf(NAME);
  announce(
    `fetching ONNX Runtime ${VERSION} (${formatMegabytes(DOWNLOAD)}) for ${process.platform} ${process.arch}, once, from ${registry.origin} to ${folder}`,
  );
  const beside = `${folder}.${randomUUID()}.part`;
  try {
    for (const pinned of RUNTIME_PACKAGES) {
      const tarball = await fetchTarball(pinned, registry).catch((error: unknown) => {
        throw new UserError({
          what: 'ONNX Runtime',
          got: `no ${pinned.package}@${pinned.version} (${reasonOf(error)})`,
          expected: `that package from the npm registry ${registry.origin}`,
          fix: `connect once, after which it is kept; or set registry, proxy or token as for npm install; or install it: npm install --ignore-scripts ${NAME}@${VERSION}`,
        });
      });
      const files = await filesWhere(tarball, isNeeded);
      if (pinned.package === NAME && ![...files.keys()].some((path) => path.startsWith(BINARIES)))
        throw noBinaries();
      for (const [path, bytes] of files)
        await writeWhole(join(beside, 'node_modules', pinned.package, ...path.split('/')), bytes);
    }
    await writing(folder, () => rename(beside, folder)).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

const BINARIES = `bin/napi-v6/${process.platform}/${process.arch}/`;

/** Those of other platforms are 200 MB. */
const isNeeded = (path: string) =>
  path.startsWith('bin/')
    ? path.startsWith(BINARIES)
    : path === 'package.json' || (path.startsWith('dist/') && !/\.(map|d\.ts)$/.test(path));

const noBinaries = () =>
  new UserError({
    what: 'ONNX Runtime',
    got: `no binaries for ${process.platform} ${process.arch}`,
    expected: 'linux, darwin or win32 on x64 or arm64',
    fix: 'use a machine of one of these kinds',
  });
