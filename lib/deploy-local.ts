import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * `npm run deploy:local`: deploys to an AWS emulator (LocalStack or MiniStack) with the plain CDK CLI. Arguments go to
 * `cdk deploy`, as in `npm run deploy:local -- -c stage=test`.
 */
const ROOT = join(import.meta.dirname, '..');
const OUTPUT = join(ROOT, 'cdk.out', 'local');
const ENDPOINT = (process.env.AWS_ENDPOINT_URL ?? 'http://localhost:4566').replace(/\/$/, '');
const ACCOUNT = '000000000000';
const REGION = process.env.AWS_REGION ?? 'us-east-1';
const CDK = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin', 'cdk');

/** Nothing of the person's real AWS access reaches an emulator. */
function emulatorEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_') && !name.startsWith('CDK_'));
  return {
    ...Object.fromEntries(own),
    AWS_ENDPOINT_URL: ENDPOINT,
    AWS_ENDPOINT_URL_S3: ENDPOINT,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: REGION,
    CDK_DEFAULT_ACCOUNT: ACCOUNT,
    CDK_DEFAULT_REGION: REGION,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
}

/** Runs the CDK and gives back what it printed; shows it only when it fails. */
function cdk(cwd: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [CDK, ...args, '--ci', '--no-color'], {
    cwd,
    env: emulatorEnvironment(),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw error;
  if (status !== 0) {
    process.stderr.write(`${stdout}\n${stderr}\n`);
    throw new Error(`cdk ${args[0]} failed (exit code ${status}); what it printed is above`);
  }
  return stdout;
}

/**
 * The CDK's bootstrap template without the policy that demands TLS on its bucket: an emulator speaks plain HTTP, and one
 * that enforces policies would shut the deployment out.
 */
function bootstrapTemplate(): string {
  const template = cdk(OUTPUT, 'bootstrap', '--show-template');
  const without = template.replace(/^ {2}StagingBucketPolicy:\n(?: {3,}.*\n|\n)*/m, '');
  if (without === template) throw new Error('the bootstrap template of the CDK has no StagingBucketPolicy any more');
  const path = join(OUTPUT, 'bootstrap.yaml');
  writeFileSync(path, without);
  return path;
}

async function assertEmulator(): Promise<void> {
  try {
    await fetch(ENDPOINT, { signal: AbortSignal.timeout(5000) });
  } catch (cause) {
    throw new Error(
      `nothing answers at ${ENDPOINT}. Start an AWS emulator (for example: pip install ministack && ministack), ` +
        'or set AWS_ENDPOINT_URL to where one listens',
      { cause },
    );
  }
}

async function main(): Promise<void> {
  const started = performance.now();
  await assertEmulator();
  mkdirSync(OUTPUT, { recursive: true });
  console.log(`Bootstrapping ${ENDPOINT}`);
  // Away from cdk.json, because bootstrapping needs no app.
  cdk(OUTPUT, 'bootstrap', `aws://${ACCOUNT}/${REGION}`, '--template', bootstrapTemplate());
  console.log('Deploying');
  const outputsFile = join(OUTPUT, 'outputs.json');
  const files = ['--outputs-file', outputsFile, '-o', OUTPUT];
  cdk(ROOT, 'deploy', '--all', '--require-approval', 'never', '-c', 'local=true', ...files, ...process.argv.slice(2));

  for (const [stack, outputs] of Object.entries(JSON.parse(readFileSync(outputsFile, 'utf8')))) {
    const { ApiId } = outputs as { ApiId: string };
    console.log(`${stack} is deployed (${((performance.now() - started) / 1000).toFixed(0)} s)`);
    // By path, because names below localhost do not resolve everywhere.
    console.log(`API: ${ENDPOINT}/_aws/execute-api/${ApiId}/$default`);
    for (const [name, value] of Object.entries(outputs as object)) console.log(`${name}: ${value}`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
