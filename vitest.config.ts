import { configDefaults, defineConfig } from 'vitest/config';

/** Attacks that take long, and what needs more than Node: `npm run test:all`. */
const LONG = 'tests/**/*.long.test.ts';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(process.env.FEWMASK_TESTS === 'all' ? [] : [LONG])],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The tests start inference threads of their own; two files at a time fill two cores.
    maxWorkers: 2,
    // Some tests start ONNX Runtime themselves.
    env: { ORT_DISABLE_TELEMETRY: '1' },
    reporters: ['default', './tests/support/closing-line-reporter.ts'],
  },
});
