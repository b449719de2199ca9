import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { LAMBDA_ENVIRONMENT } from '../lambda-environment.ts';

const run = promisify(execFile);

/** Time from importing the bundle to its handler being there, in a fresh process, ms: the median of `times`. */
export async function initTime(file: string, times: number): Promise<number> {
  const script = `const startedAt = performance.now();
    const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)});
    const took = performance.now() - startedAt;
    if (typeof handler !== 'function') throw new Error('no handler');
    console.log(took);
    process.exit();`;
  const measured: number[] = [];
  for (let i = 0; i < times; i++) {
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, ...LAMBDA_ENVIRONMENT, NODE_OPTIONS: '--enable-source-maps' },
    });
    measured.push(Number(stdout.trim().split('\n').at(-1)));
  }
  measured.sort((a, b) => a - b);
  return measured[Math.floor(measured.length / 2)] ?? 0;
}
