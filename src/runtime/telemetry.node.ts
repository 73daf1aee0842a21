import { isMainThread } from 'node:worker_threads';

/** ONNX Runtime looks at it once, when it starts. */
const DISABLED = 'ORT_DISABLE_TELEMETRY';

/**
 * Keeps ONNX Runtime from reporting its use. From 1.29 on its builds for Linux and macOS send to Microsoft a number of the machine, the
 * program's path, and names and hashes of models, and keep what they could not send in the user's cache. Whoever has set the
 * variable has decided.
 *
 * @returns what a user is to know: in a thread other than the main one the environment is a copy, of which the runtime learns nothing
 */
export function disableTelemetry(): string | undefined {
  if (process.env[DISABLED] !== undefined) return undefined;
  process.env[DISABLED] = '1';
  if (isMainThread || process.platform === 'win32') return undefined;
  return `warning: started in a worker thread, ONNX Runtime reports its use to Microsoft; set process.env.${DISABLED} = '1' in the main thread before`;
}
