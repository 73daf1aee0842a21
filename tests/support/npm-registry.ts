import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { create } from 'tar';

/** A package as a registry keeps it. */
export interface PackedPackage {
  readonly name: string;
  readonly version: string;
  readonly tarball: Buffer;
  /** In npm's form. */
  readonly integrity: string;
}

/** Packs files, `package.json` among them, as npm does; `folder` is used on the way. */
export async function packPackage(
  folder: string,
  manifest: { readonly name: string; readonly version: string; readonly scripts?: Record<string, string> },
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<PackedPackage> {
  const content = { 'package.json': JSON.stringify(manifest), ...files };
  for (const [path, bytes] of Object.entries(content)) {
    const file = join(folder, 'package', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
  const file = join(folder, 'package.tgz');
  await create({ gzip: true, cwd: folder, file }, ['package']);
  const tarball = await readFile(file);
  const { name, version } = manifest;
  return { name, version, tarball, integrity: integrityOf(tarball) };
}

export const integrityOf = (bytes: Uint8Array) =>
  `sha512-${createHash('sha512').update(bytes).digest('base64')}`;

export interface RegistryOptions {
  /** What it serves in place of the tarball that it announces. */
  readonly serves?: Buffer;
  /** Who does not bring it is turned away. */
  readonly token?: string;
  /** Hangs up on whoever calls. */
  readonly broken?: boolean;
}

/** An npm registry on this machine with one package. */
export async function startRegistry(packed: PackedPackage, options: RegistryOptions = {}) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!);
    requests.push(path);
    if (options.broken) {
      request.socket.destroy();
      return;
    }
    if (options.token && request.headers.authorization !== `Bearer ${options.token}`) {
      response.writeHead(401).end('{}');
      return;
    }
    if (path === '/package.tgz') {
      response.end(options.serves ?? packed.tarball);
    } else if (path === `/${packed.name}`) {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(describePackage()));
    } else response.writeHead(404).end('{}');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  function describePackage() {
    const { name, version, integrity } = packed;
    const dist = { tarball: `${url}package.tgz`, integrity };
    const versions = { [version]: { name, version, dependencies: { 'not-there': '1.0.0' }, dist } };
    return { name, 'dist-tags': { latest: version }, versions };
  }

  return {
    url,
    /** Paths asked for so far. */
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** A port on which nobody answers. */
export const NO_REGISTRY = 'http://127.0.0.1:9/';
