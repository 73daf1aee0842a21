import { dirname, join } from 'node:path';
import { cacheFolder, isUsable } from '../core/cache-folder.node.ts';
import { UserError } from '../core/errors.ts';

/** A package of the npm registry, to the byte. */
export interface PinnedPackage {
  readonly package: string;
  readonly version: string;
  readonly integrity: string;
}

/** How npm would reach a package's registry. */
export interface Registry {
  /** Without names and passwords. */
  readonly origin: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** How long a registry may be silent, in ms. */
const SILENCE = 20_000;

/**
 * The registry that npm would take a package from here: `.npmrc` of this folder, the user and the machine, and
 * `npm_config_*`; with its scopes, tokens, proxies and certificates.
 *
 * @throws UserError if what is set there is no address
 */
export async function registryOf(name: string): Promise<Registry> {
  const { default: Config } = await import('@npmcli/config');
  const { default: settings } = await import('@npmcli/config/lib/definitions/index.js');
  const config = new Config({
    ...settings,
    npmPath: npmFolder(),
    argv: [],
    // It writes into what it is given.
    env: { ...process.env },
  });
  await config.load();
  const { flat } = config;
  const scope = name.split('/')[0];
  const url = String(flat[`${scope}:registry`] ?? flat.registry);
  if (!URL.canParse(url)) {
    throw new UserError({
      what: `npm's registry for ${name}`,
      got: `no address (${withoutNames(url)})`,
      expected: 'one such as https://npm.example.org',
      fix: 'correct it in .npmrc or in the environment: npm config get registry tells what is set',
    });
  }
  return { origin: new URL(url).origin, options: flat };
}

/**
 * A text without the names and passwords of the addresses in it. They end with the last `@` before a `/`; after `name:` that is no
 * machine with its port a password follows, which may have both. One that follows `/` begins the name of a package.
 */
export function withoutNames(text: string): string {
  return text.replace(/\/\/(?:[^\s"'/:@]+:(?!\d+\/)[^\s"']*[^/\s"']@|[^\s"'/]*@)/g, '//');
}

/** Where npm lies beside this Node.js; its own `.npmrc` may say where the machine's is. */
function npmFolder(): string {
  const folder = dirname(process.execPath);
  return process.platform === 'win32'
    ? join(folder, 'node_modules', 'npm')
    : join(folder, '..', 'lib', 'node_modules', 'npm');
}

/**
 * Fetches a package's tarball, and nothing else of it: no dependencies, no scripts. One attempt.
 *
 * @throws what went wrong: offline, refused, or another content than pinned (code EINTEGRITY)
 */
export async function fetchTarball(pinned: PinnedPackage, registry: Registry): Promise<Buffer> {
  // Loaded when it is needed: most runs fetch nothing.
  const { default: pacote } = await import('pacote');
  return pacote.tarball(`${pinned.package}@${pinned.version}`, {
    ...registry.options,
    cache: await npmCache(registry),
    integrity: pinned.integrity,
    retry: { retries: 0 },
    timeout: SILENCE,
  });
}

/** npm's own cache; where that cannot be written to, one in ours. */
async function npmCache({ options }: Registry): Promise<string> {
  const own = String(options.cache);
  return (await isUsable(own)) ? own : join(cacheFolder(), 'npm');
}

/** The files of a package's folder, read from its tarball in memory, by their names in that folder. */
export async function filesOf(tarball: Buffer, folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const prefix = `${folder}/`;
  const files = await filesWhere(tarball, (path) => path.startsWith(prefix));
  return new Map([...files].map(([path, bytes]) => [path.slice(prefix.length), bytes]));
}

/** Some files of a package, read from its tarball in memory, by their paths in it. */
export async function filesWhere(
  tarball: Buffer,
  isWanted: (path: string) => boolean,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { Parser } = await import('tar');
  const inside = (path: string) => path.replace(/^package\//, '');
  const reading: Promise<[string, Uint8Array]>[] = [];
  await new Promise<void>((resolve, reject) => {
    const parser = new Parser({
      strict: true,
      filter: (path) => isWanted(inside(path)) && !path.endsWith('/'),
      onReadEntry: (entry) => {
        reading.push(entry.concat().then((bytes) => [inside(entry.path), bytes]));
      },
    });
    parser.on('end', resolve).on('error', reject);
    parser.end(tarball);
  });
  return new Map(await Promise.all(reading));
}

/** The code and the first line of an error, or of what caused it, without names and passwords in addresses. */
export function reasonOf(error: unknown): string {
  const { code, message, cause } = error as NodeJS.ErrnoException;
  // Of fetch, whose own message says nothing.
  if (!code && cause instanceof Error) return reasonOf(cause);
  const line = withoutNames(message.split('\n')[0]);
  return code && !line.includes(code) ? `${code}: ${line}` : line;
}
