import type { Reporter, TestModule } from 'vitest/node';

/** Prints `N passed, N failed` (with `, N skipped` if any) alone on the last line, for whoever reads only that. */
class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state]++;
      if (module.state() === 'failed' && module.errors().length > 0) count.failed++;
    }
    const skipped = count.skipped + count.pending;
    const line = `${count.passed} passed, ${count.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    process.on('exit', () => console.log(line));
  }
}

// vitest loads a reporter given by path through its default export.
// biome-ignore lint/style/noDefaultExport: required by vitest
export default ClosingLineReporter;
