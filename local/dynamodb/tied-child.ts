import { type ChildProcess, spawn } from 'node:child_process';

/**
 * The engine runs beside a shell that reads our pipe. When this process ends in whatever way, SIGKILL included, the pipe closes
 * and the shell kills its whole process group, so npx and what it started go too. Asked to end, the shell outlasts the engine, so
 * that nobody takes over its files while it still closes them.
 */
const WRAPPER = `
exec 3<&0
"$@" </dev/null 3<&- &
engine=$!
( while read -r line <&3; do :; done; kill -KILL -$$ ) 2>/dev/null &
watcher=$!
exec 3<&-
trap : TERM
wait "$engine"
status=$?
while kill -0 "$engine" 2>/dev/null; do wait "$engine"; status=$?; done
kill "$watcher" 2>/dev/null
exit "$status"
`;

/** How long a child may take to end by itself before it is killed. */
const GRACE_MS = 2_000;

export interface TiedChild {
  readonly process: ChildProcess;
  /** Resolves with a description of how it ended, e.g. `exit code 1`. Never rejects. */
  readonly ended: Promise<string>;
  /** SIGTERM, and SIGKILL after two seconds. Resolves when the process is gone; may be called more than once. */
  stop(): Promise<void>;
}

/** Starts a command that can't outlive this process. Its stderr is readable, its stdout is dropped. */
export function startTiedChild(file: string, args: readonly string[]): TiedChild {
  // A process group of its own: Ctrl-C in a terminal reaches every process of the foreground group, and the engine must
  // still answer while the rest of the system finishes its work.
  const child = spawn('sh', ['-c', WRAPPER, 'sh', file, ...args], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  child.stdin?.on('error', () => {});
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
  });
  const signalGroup = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // Gone in the meantime.
    }
  };
  const stop = async (): Promise<void> => {
    signalGroup('SIGTERM');
    const kill = setTimeout(() => signalGroup('SIGKILL'), GRACE_MS);
    await ended;
    clearTimeout(kill);
  };
  return { process: child, ended, stop };
}
