import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe } from 'vitest';

/** The graphics processor that Chromium brings, imitated by the processor. */
const IMITATED = '/usr/lib/chromium/vk_swiftshader_icd.json';
const LOADERS = ['/usr/lib/x86_64-linux-gnu/libvulkan.so.1', '/usr/lib/aarch64-linux-gnu/libvulkan.so.1'];

const here = existsSync(IMITATED) && LOADERS.some((file) => existsSync(file));
if (here) {
  process.env.VK_DRIVER_FILES ??= IMITATED;
  process.env.XDG_RUNTIME_DIR ??= tmpdir();
} else console.log('no WebGPU: its tests need chromium and libvulkan1 (Debian), and are skipped');

/** Skipped where WebGPU has nothing to run on. */
export const describeWithWebgpu = describe.skipIf(!here);
