import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
export const CONSOLE_DIRECTORY = join(root, 'console', 'dist');

/** Builds the console where it is missing or older than its sources. Rejects with what the build printed. */
export async function buildConsole(): Promise<void> {
  const built = join(CONSOLE_DIRECTORY, 'index.html');
  if (existsSync(built) && (await stat(built)).mtimeMs >= (await newestSource())) return;
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  await runNode([vite, 'build', join(root, 'console'), '--logLevel', 'warn']);
}

/** Rejects with what it printed when it ends with another code than 0. It does not outlive a system that is stopped meanwhile. */
export function runNode(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const stop = (): boolean => child.kill('SIGKILL');
    process.once('exit', stop);
    child.once('close', () => process.off('exit', stop));
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(output.slice(-2000)))));
  });
}

async function newestSource(): Promise<number> {
  let newest = 0;
  for (const entry of await readdir(join(root, 'console'), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || path.startsWith(CONSOLE_DIRECTORY)) continue;
    newest = Math.max(newest, (await stat(path)).mtimeMs);
  }
  return newest;
}
