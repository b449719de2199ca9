import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const VERSION = '1.5.33';
const run = promisify(execFile);

export interface Emulator {
  readonly endpoint: string;
  /** False when it was there before us: then it is left as it is. */
  readonly ours: boolean;
  stop(): Promise<void>;
}

/** The emulator that answers at the endpoint, or a MiniStack of our own there. */
export async function startEmulator(endpoint: string): Promise<Emulator> {
  if (await answers(endpoint)) return { endpoint, ours: false, async stop() {} };
  const python = await installed();
  const directory = await mkdtemp(join(tmpdir(), 'driftless-ministack-'));
  const log = join(directory, 'ministack.log');
  const output = openSync(log, 'w');
  const child = spawn(join(python, 'ministack'), [], {
    cwd: directory,
    stdio: ['ignore', output, output],
    env: {
      HOME: directory,
      // Functions run in the `node` it finds first: this one.
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      GATEWAY_PORT: new URL(endpoint).port,
      BIND_HOST: '127.0.0.1',
      // Every call is checked against the role of the function that makes it: least privilege is tested, not believed.
      AUTH: 'true',
      IOT_MTLS_ENABLED: '0',
    },
  });
  const stop = () => end(child, directory);
  for (let attempt = 0; attempt < 120; attempt++) {
    if (child.exitCode !== null) break;
    if (await answers(endpoint)) return { endpoint, ours: true, stop };
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await end(child);
  throw new Error(`MiniStack did not start; its log is ${log}`);
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2000) });
    return true;
  } catch {
    return false;
  }
}

/** The programs of a virtual environment with MiniStack in it; made once, outside the project. */
async function installed(): Promise<string> {
  const home = join(tmpdir(), `driftless-ministack-${VERSION}`);
  const bin = join(home, 'bin');
  const complete = join(home, 'complete');
  if (existsSync(complete)) return bin;
  await rm(home, { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  await run('python3', ['-m', 'venv', home]);
  // cryptography: without it MiniStack refuses every signed token.
  const install = [
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--retries',
    '10',
    `ministack==${VERSION}`,
    'cryptography',
  ];
  for (let attempt = 1; ; attempt++) {
    try {
      await run(join(bin, 'pip'), install);
      break;
    } catch (error) {
      if (attempt === 3) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5000 * attempt));
    }
  }
  await writeFile(complete, '');
  return bin;
}

/** Told to stop, it ends the processes its functions run in. */
async function end(child: ChildProcess, directory?: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const hard = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(hard);
  }
  if (directory) await rm(directory, { recursive: true, force: true });
}
