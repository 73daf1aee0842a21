import { access, constants, readdir, stat, statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, release, tmpdir, totalmem } from 'node:os';
import { dirname } from 'node:path';
import sharp from 'sharp';
import { cacheFolder } from '../core/cache-folder.node.ts';
import { manifest } from '../core/manifest.node.ts';
import { memoryHere, memoryLimit } from '../core/memory.node.ts';
import { registryOf, withoutNames } from '../npm/npm.node.ts';
import { type Backend, Engine } from '../runtime/engine.node.ts';
import { RUNTIME_VERSION } from '../runtime/onnxruntime.node.ts';

/** What is to be known of a machine where something does not work. Nothing in it is secret. */
export interface Doctor {
  readonly kind: 'doctor';
  readonly versions: Readonly<Record<'fewmask' | 'node' | 'onnxruntime' | 'sharp' | 'libvips', string>>;
  readonly machine: {
    readonly platform: string;
    readonly release: string;
    readonly cpu: string;
    /** That this process may use. */
    readonly cores: number;
    /** Bytes; `limit` of this process, where the system sets one. */
    readonly memory: { readonly all: number; readonly free: number; readonly limit?: number };
  };
  /** Channels in a block of the runtime's blocked kernels: 0 where they are not there, or fail their check; absent where the runtime does not start. */
  readonly blocked?: number;
  /** Where ONNX Runtime can compute. */
  readonly backends: readonly Backend[];
  /** Fetched encoders; and decoded images that do not fit into the memory. */
  readonly folders: Readonly<Record<'cache' | 'temporary', FolderState>>;
  /** Where npm takes packages from. */
  readonly registry: string;
  /** Of the environment what is fewmask's, npm's or Slurm's; secrets only by name. */
  readonly environment: Readonly<Record<string, string>>;
  /** What is not as it should be, in words. */
  readonly problems: readonly string[];
}

export interface FolderState {
  readonly path: string;
  readonly writable: boolean;
  /** Bytes. */
  readonly free: number;
  readonly files: number;
}

/** Looks at this machine, for a report of what does not work. */
export async function doctor(): Promise<Doctor> {
  const problems: string[] = [];
  const told = async <Result>(what: string, find: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await find();
    } catch (error) {
      problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  const runtime = await told('ONNX Runtime', lookAtRuntime);
  const registry = await told("npm's registry", async () => (await registryOf('fewmask')).origin);
  const folders = { cache: await folderState(cacheFolder()), temporary: await folderState(tmpdir()) };
  for (const [name, { path, writable, free }] of Object.entries(folders)) {
    if (!writable) problems.push(`the ${name} folder ${path} cannot be written to`);
    else if (free < LITTLE_ROOM) problems.push(`the ${name} folder ${path} has room for ${free} bytes only`);
  }
  const limit = memoryLimit();
  const memory = { all: totalmem(), free: freemem(), ...(limit !== undefined && { limit }) };
  if (memoryHere() < LITTLE_MEMORY)
    problems.push('there are less than 2 GB of memory: take small images, and batches of few');
  const tooOld = oldNode(process.version, manifest.engines.node);
  if (tooOld !== undefined) problems.push(tooOld);
  if (runtime?.blocked === 0)
    problems.push('the blocked kernels are not there or fail their check: training takes twice as long');
  return {
    kind: 'doctor',
    versions: {
      fewmask: manifest.version,
      node: process.version,
      onnxruntime: RUNTIME_VERSION,
      sharp: sharp.versions.sharp ?? manifest.dependencies.sharp,
      libvips: sharp.versions.vips,
    },
    machine: {
      platform: `${process.platform} ${process.arch}`,
      release: release(),
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memory,
    },
    ...(runtime && { blocked: runtime.blocked }),
    backends: runtime?.backends ?? [],
    folders,
    registry: registry ?? 'unknown',
    environment: environmentHere(process.env),
    problems,
  };
}

const LITTLE_ROOM = 1e9;
const LITTLE_MEMORY = 2e9;

/**
 * What is told of a Node.js that is too old.
 *
 * @param version `v20.19.0`
 * @param range of `package.json`: `>=20.19`
 */
export function oldNode(version: string, range: string): string | undefined {
  const [own, oldest] = [version, range].map((text) => text.match(/\d+/g)!.map(Number));
  const differing = oldest.findIndex((part, i) => own[i] !== part);
  if (differing < 0 || own[differing] > oldest[differing]) return undefined;
  return `Node.js ${version} is older than ${oldest.join('.')}`;
}

async function lookAtRuntime() {
  const engine = new Engine({ threads: 1 });
  try {
    return { backends: await engine.backends(), blocked: await engine.blockSize() };
  } finally {
    await engine.close();
  }
}

async function folderState(path: string): Promise<FolderState> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).length;
  // It is made when it is needed, in the nearest folder that there is.
  for (let there = path; ; there = dirname(there)) {
    try {
      const { bavail, bsize } = await statfs(there);
      await access(there, constants.W_OK);
      const writable = (await stat(there)).isDirectory();
      return { path, writable, free: bavail * bsize, files };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || there === dirname(there))
        return { path, writable: false, free: 0, files };
    }
  }
}

const TOLD =
  /^(FEWMASK_|SLURM_(JOB|ARRAY|CPUS|MEM)|CUDA_|OMP_|ONNXRUNTIME_|XDG_CACHE_HOME$|TMPDIR$|HF_|NODE_OPTIONS$|https?_proxy$|no_proxy$|npm_config_.*(registry|proxy|cache|config|auth|onnxruntime))/i;
const SECRET = /token|auth|password|secret|key/i;

/** What of the environment matters here, without names and passwords. */
export function environmentHere(environment: NodeJS.ProcessEnv): Record<string, string> {
  const told = Object.entries(environment)
    .filter(([name, value]) => TOLD.test(name) && value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    told.map(([name, value = '']) => [name, SECRET.test(name) ? '(set)' : withoutNames(value)]),
  );
}
