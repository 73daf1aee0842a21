import type { RandomStream } from '../core/random.ts';
import type { Size } from '../core/size.ts';
import { between, happens, ratioBetween } from './chance.ts';
import { step } from './step.ts';

/** A bubble on the lens or in fluid: its place in the picture, its radius in parts of the longer side. */
export interface Bubble {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** Clusters of bubbles, in few pictures. Places are in parts of width and height. */
export function drawBubbles(stream: RandomStream): Bubble[] {
  if (!happens(stream, 0.12)) return [];
  const [x, y] = [between(stream, 0.1, 0.9), between(stream, 0.1, 0.9)];
  const spread = between(stream, 0.03, 0.15);
  return Array.from({ length: 4 + stream.integer(24) }, () => ({
    x: x + spread * stream.normal(),
    y: y + spread * stream.normal(),
    radius: ratioBetween(stream, 0.006, 0.028),
  }));
}

/** Puts bubbles over the light [H, W, 3]: a bright rim, a clear inside, a glint. */
export function addBubbles(light: Float32Array, bubbles: readonly Bubble[], size: Size): void {
  const { height, width } = size;
  for (const { x, y, radius } of bubbles) {
    const r = radius * Math.max(height, width);
    const [cx, cy] = [x * width, y * height];
    const soft = 1 / r;
    for (let py = Math.max(0, Math.floor(cy - r - 1)); py < Math.min(height, cy + r + 1); py++) {
      for (let px = Math.max(0, Math.floor(cx - r - 1)); px < Math.min(width, cx + r + 1); px++) {
        const u = (px + 0.5 - cx) / r;
        const v = (py + 0.5 - cy) / r;
        const away = Math.hypot(u, v);
        const inside = 1 - step(1 - soft, 1 + soft, away);
        const rim = inside * step(0.55 - soft, 1, away);
        const glint = 1 - step(0.15, 0.3 + soft, Math.hypot(u + 0.35, v + 0.35));
        const i = 3 * (py * width + px);
        // Rims and glints throw back the light there is, without its colour.
        const grey = (light[i] + light[i + 1] + light[i + 2]) / 3;
        for (let c = 0; c < 3; c++)
          light[i + c] += 0.9 * grey * rim - 0.12 * inside * light[i + c] + 5 * grey * glint;
      }
    }
  }
}
