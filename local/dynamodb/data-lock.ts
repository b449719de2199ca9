import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DataLock {
  /** Gives the directory free. May be called more than once. */
  release(): void;
}

interface Holder {
  readonly pid: number;
  /** Tells two processes with the same number apart (a container's main process has the same one after every restart). */
  readonly birth: string | null;
}

/**
 * Makes this process the only user of a data directory, which is created where it is missing. A lock left behind by a dead process
 * is taken over. Throws with the number of the living process that holds it.
 */
export function lockDataDirectory(directory: string, name: string): DataLock {
  mkdirSync(directory, { recursive: true });
  const lock = join(directory, `${name}.lock`);
  const mine = `${lock}.${process.pid}`;
  const content = JSON.stringify({ pid: process.pid, birth: birthOf(process.pid) } satisfies Holder);
  writeFileSync(mine, content);
  try {
    // Linking a finished file is atomic: nobody ever reads a half-written lock.
    if (!tryLink(mine, lock)) takeOver(directory, lock, mine);
  } finally {
    rmSync(mine, { force: true });
  }
  let held = true;
  return {
    release: () => {
      if (held && read(lock) === content) rmSync(lock, { force: true });
      held = false;
    },
  };
}

function takeOver(directory: string, lock: string, mine: string): void {
  const found = read(lock);
  if (found !== undefined) {
    refuseWhenAlive(directory, found);
    // Another process may be taking over at the same moment: moving is atomic, so whoever moved the stale lock looks at what it has.
    const stale = `${mine}.stale`;
    renameSync(lock, stale);
    const moved = read(stale);
    if (moved !== found) tryLink(stale, lock);
    rmSync(stale, { force: true });
  }
  if (!tryLink(mine, lock)) {
    refuseWhenAlive(directory, read(lock) ?? '');
    throw new Error(`The data directory ${directory} is being opened by another process. Try again.`);
  }
}

function refuseWhenAlive(directory: string, content: string): void {
  const holder = parse(content);
  if (holder && isAlive(holder)) {
    throw new Error(
      `The data directory ${directory} is in use by process ${holder.pid}. Stop that process or choose another directory.`,
    );
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(content: string): Holder | undefined {
  try {
    const { pid, birth } = JSON.parse(content) as { pid?: unknown; birth?: unknown };
    return typeof pid === 'number' && pid > 0 ? { pid, birth: typeof birth === 'string' ? birth : null } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if (codeOf(error) !== 'EPERM') return false;
  }
  const birth = birthOf(holder.pid);
  return holder.birth === null || birth === null || birth === holder.birth;
}

/** Boot and start time of a process where the system tells them (Linux), else null. */
function birthOf(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name, in brackets, may hold blanks; the start time is the 20th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${boot}:${fields[19]}`;
  } catch {
    return null;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
