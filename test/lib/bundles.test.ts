import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

/** As lib/lambda-function.ts has it done. */
async function bytesOf(handler: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'functions', handler, 'handler.ts')],
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    logLevel: 'silent',
  });
  return outputFiles[0]?.contents.length ?? 0;
}

it.each(['dispatch', 'execute', 'dead-letter', 'api', 'sign-in'])('%s is at most 1 MB to load', async (handler) => {
  expect(await bytesOf(handler)).toBeLessThanOrEqual(1_000_000);
});
