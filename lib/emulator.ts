import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** An AWS emulator (LocalStack or MiniStack), reached with the plain CDK CLI. */
export const ROOT = join(import.meta.dirname, '..');
export const OUTPUT = join(ROOT, 'cdk.out', 'local');
export const ENDPOINT = (process.env.AWS_ENDPOINT_URL ?? 'http://localhost:4566').replace(/\/$/, '');
export const ACCOUNT = '000000000000';
export const REGION = process.env.AWS_REGION ?? 'us-east-1';
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
export function cdk(cwd: string, ...args: readonly string[]): string {
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

/** Throws in words a person can act on. */
export async function assertEmulator(): Promise<void> {
  try {
    await fetch(ENDPOINT, { signal: AbortSignal.timeout(5000) });
  } catch (cause) {
    throw new Error(
      `nothing answers at ${ENDPOINT}. Start an AWS emulator (for example: pip install ministack cryptography && ministack), ` +
        'or set AWS_ENDPOINT_URL to where one listens',
      { cause },
    );
  }
}

/** Runs a program; what it throws is said in a sentence, and makes the exit code 1. */
export function runProgram(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
