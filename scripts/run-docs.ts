// `npm run docs:run [FILE ..]`: runs every command of the documents, smaller than it is written (docs/commands.ts), where a
// user would: in a fresh folder with this package installed, an empty cache, and a server that stands for the hub.
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../src/core/files.node.ts';
import { encodeSafetensors } from '../src/onnx/safetensors.ts';
import { writeDataset } from '../tests/support/dataset.ts';
import { startServer } from '../tests/support/hub.ts';
import { asTimm, drawWeights, type NetworkName } from '../tests/support/torchvision-reference.ts';
import { commandsOf, filesOf, smaller, whyNot } from './docs/commands.ts';
import { copyFew } from './docs/real-sets.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** The README first: others take up the runs that it has made. */
const FIRST = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md'];

const folder = await mkdtemp(join(tmpdir(), 'fewmask-docs-'));
const hub = await startServer((path, response) => {
  const network = ['resnet18', 'resnet34'].find((name) => path.includes(name)) ?? 'mobilenet_v2';
  const bytes = weightsOf(network as NetworkName);
  response.setHeader('x-repo-commit', '0'.repeat(40)).setHeader('x-linked-etag', `"${sha256(bytes)}"`);
  response.setHeader('x-linked-size', bytes.length).end(bytes);
});
let failed = 0;
try {
  await prepare();
  for (const document of await documents()) await runDocument(document);
} finally {
  await hub.close();
  await rm(folder, { recursive: true, force: true });
}
if (failed > 0) console.error(`${failed} commands of documents failed`);
process.exit(failed > 0 ? 1 : 0);

async function documents(): Promise<string[]> {
  const asked = process.argv.slice(2);
  if (asked.length > 0) return asked;
  const inside = async (place: string, ending: string) => {
    const names = await readdir(join(root, place), { recursive: true });
    return names.filter((name) => name.endsWith(ending)).map((name) => `${place}/${name}`);
  };
  return [...FIRST, ...(await inside('docs', '.md')), ...(await inside('examples', '.mjs'))];
}

/** A model's file as the hub has it, its weights random. */
function weightsOf(network: NetworkName): Uint8Array {
  return encodeSafetensors({ tensors: asTimm(network, drawWeights(network)), metadata: {} });
}

/** What documents take for granted: the package, the examples, data and photos by the names that documents use. */
async function prepare(): Promise<void> {
  const packages = join(folder, 'node_modules');
  await mkdir(join(packages, '.bin'), { recursive: true });
  await symlink(root, join(packages, 'fewmask'));
  await symlink(join(root, 'bin', 'fewmask.js'), join(packages, '.bin', 'fewmask'));
  for (const name of ['onnxruntime-node', 'sharp'])
    await symlink(join(root, 'node_modules', name), join(packages, name));
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  await cp(join(root, 'examples'), join(folder, 'examples'), { recursive: true });
  for (const data of ['DATA', 'kvasir-seg']) await writeDataset(join(folder, data), { count: 20, masks: 16 });
  for (const data of ['nuclei', 'camvid']) await copyFew(data, join(folder, data));
  const images = join(folder, 'DATA', 'images');
  for (const name of ['photos', 'PHOTOS', 'IMAGES', 'DIR'])
    await cp(images, join(folder, name), { recursive: true });
  await cp(join(images, 'image-00.png'), join(folder, 'photo.jpg'));
  await writeFile(join(folder, 'resnet18.safetensors'), weightsOf('resnet18'));
}

async function runDocument(document: string): Promise<void> {
  const text = await readFile(join(root, document), 'utf8');
  for (const { name, content } of filesOf(text)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), smaller(content));
  }
  for (const command of commandsOf(document, text)) {
    const reason = whyNot(command);
    if (reason) console.log(`not run   ${document}: ${command}   (${reason})`);
    else await runCommand(document, command);
  }
}

/** Commands of npm's scripts are run in the repository. */
async function runCommand(document: string, command: string): Promise<void> {
  const ran = command === 'npm start' ? `npm start -- --out '${folder}/demo'` : smaller(command);
  const began = Date.now();
  const { code, said } = await shell(ran, command.startsWith('npm ') ? root : folder);
  console.log(`exit ${code}    ${document}: ${command}   (${((Date.now() - began) / 1000).toFixed(0)} s)`);
  if (code === 0) return;
  failed++;
  console.error(`run as: ${ran}\n${said}`);
}

function shell(command: string, cwd: string) {
  const env = { ...process.env, FEWMASK_CACHE: join(folder, 'cache'), HF_ENDPOINT: hub.url, HF_TOKEN: '' };
  return new Promise<{ readonly code: number | null; readonly said: string }>((resolve, reject) => {
    const child = spawn(command, { cwd, env, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said }));
  });
}
