import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { LAMBDA_ENVIRONMENT } from '../lambda-environment.ts';

const run = promisify(execFile);

export interface InitTime {
  readonly ms: number;
  /** Of the processor: what is left when others are at work on the same machine. */
  readonly cpuMs: number;
}

/** From importing the bundle to its handler being there, in a fresh process: the medians of `times`. */
export async function initTime(file: string, times: number): Promise<InitTime> {
  const script = `const startedAt = performance.now();
    const before = process.cpuUsage();
    const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)});
    const { user, system } = process.cpuUsage(before);
    const ms = performance.now() - startedAt;
    if (typeof handler !== 'function') throw new Error('no handler');
    console.log(JSON.stringify({ ms, cpuMs: (user + system) / 1000 }));
    process.exit();`;
  const measured: InitTime[] = [];
  for (let i = 0; i < times; i++) {
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, ...LAMBDA_ENVIRONMENT, NODE_OPTIONS: '--enable-source-maps' },
    });
    measured.push(JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as InitTime);
  }
  return { ms: median(measured.map(({ ms }) => ms)), cpuMs: median(measured.map(({ cpuMs }) => cpuMs)) };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
