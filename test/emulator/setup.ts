import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { startEmulator } from './ministack.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const STAGE = 'emulator';

/** What the deployment says about itself. */
export interface Deployment {
  readonly endpoint: string;
  readonly prefix: string;
  readonly apiUrl: string;
  readonly userPoolId: string;
  readonly userPoolClientId: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    deployment: Deployment;
  }
}

/** Starts the emulator unless one answers, and deploys to it as a person would. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const endpoint = process.env.AWS_ENDPOINT_URL ?? 'http://localhost:4566';
  const started = performance.now();
  const emulator = await startEmulator(endpoint);
  say(`${emulator.ours ? 'MiniStack started' : 'an emulator answers'} at ${endpoint}`, started);
  try {
    await promisify(execFile)('npm', ['run', '--silent', 'deploy:local', '--', '-c', `stage=${STAGE}`], {
      cwd: ROOT,
      env: { ...process.env, AWS_ENDPOINT_URL: endpoint },
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (error) {
    await emulator.stop();
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`npm run deploy:local failed\n${stdout}\n${stderr}`);
  }
  say('deployed with npm run deploy:local', started);
  const outputs = JSON.parse(readFileSync(join(ROOT, 'cdk.out', 'local', 'outputs.json'), 'utf8'));
  const prefix = `driftless-${STAGE}`;
  const { ApiId, UserPoolId, UserPoolClientId } = outputs[prefix];
  project.provide('deployment', {
    endpoint,
    prefix,
    apiUrl: `${endpoint}/_aws/execute-api/${ApiId}/$default`,
    userPoolId: UserPoolId,
    userPoolClientId: UserPoolClientId,
  });
  return () => emulator.stop();
}

function say(what: string, since: number): void {
  console.log(`${what} (${((performance.now() - since) / 1000).toFixed(1)} s)`);
}
