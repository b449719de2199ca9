import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface ScriptProcess {
  readonly process: ChildProcess;
  /** The next line it prints; rejects with its stderr when it ends first. */
  nextLine(): Promise<string>;
  /** What it printed and was not read yet, after its end. */
  remainingLines(): Promise<string[]>;
  /** SIGKILL; resolves when it is gone. */
  killHard(): Promise<void>;
}

/** Runs TypeScript source in a Node process of its own; imports are relative to the project's root. */
export function runScript(source: string, env: Readonly<Record<string, string>> = {}): ScriptProcess {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    nextLine: async () => {
      const { value, done } = await lines.next();
      if (done) {
        await ended;
        throw new Error(`The script ended before it said anything more. ${stderr}`);
      }
      return value;
    },
    remainingLines: async () => {
      const remaining: string[] = [];
      for (let next = await lines.next(); !next.done; next = await lines.next()) remaining.push(next.value);
      return remaining;
    },
    killHard: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Processes of the process group `group` that are still running (only the group's own number where there is no /proc). */
export function livingMembers(group: number): number[] {
  if (!existsSync('/proc')) return isSignalled(-group) ? [group] : [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return Number(processGroup) === group && state !== 'Z';
      } catch {
        return false;
      }
    });
}

function isSignalled(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
