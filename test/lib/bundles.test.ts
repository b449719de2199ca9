import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { readConfiguration } from '../../lib/configuration.ts';
import { LambdaFunction } from '../../lib/lambda-function.ts';
import { resourcesOf } from './synthesize.ts';

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

it('an error in a deployed function names its place in the sources, not in the bundle', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'driftless-bundle-'));
  try {
    const stack = new Stack(new App({ outdir }), 'Stack');
    new LambdaFunction(stack, 'Function', {
      configuration: readConfiguration({}, {}),
      name: 'sign-in',
      handler: 'sign-in',
      description: '',
      timeout: Duration.seconds(5),
      memoryMb: 256,
    });
    const [lambda] = resourcesOf(Template.fromStack(stack), 'AWS::Lambda::Function');
    const asset = readdirSync(outdir).find((name) => name.startsWith('asset.')) ?? '';
    const failing = `import('${join(outdir, asset, 'index.mjs')}').then(({ handler }) => handler({}, {})).catch(({ stack }) => console.log(stack))`;
    const env = { ...process.env, ...lambda?.properties.Environment.Variables };
    expect(execFileSync(process.execPath, ['-e', failing], { env, encoding: 'utf8' })).toContain(
      'functions/sign-in/handler.ts:',
    );
  } finally {
    rmSync(outdir, { recursive: true });
  }
});
