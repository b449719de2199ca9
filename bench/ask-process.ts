import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export interface ProcessOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly execArgv?: readonly string[];
}

/** What is measured runs in a process of its own: its CPU is its own, its code freshly started. */
export function startProcess(script: string, { env, execArgv = [] }: ProcessOptions): ChildProcess {
  return fork(script, {
    env: { ...process.env, ...env },
    execArgv: [...execArgv],
    // Log lines are part of the work; nobody reads them.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** The child's next message; an error when it ends without one. */
export async function messageOf(child: ChildProcess): Promise<unknown> {
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`a process of the bench ended with ${code}`);
  });
  gone.catch(() => undefined);
  const [message] = await Promise.race([once(child, 'message'), gone]);
  return message;
}

/** Sends the order, waits for `{ report }` and for the end of the process. Throws what it calls a `problem`. */
export async function askProcess(script: string, order: object, options: ProcessOptions): Promise<unknown> {
  const child = startProcess(script, options);
  const ended = once(child, 'exit');
  ended.catch(() => undefined);
  child.send(order);
  const { report, problem } = (await messageOf(child)) as { readonly report?: unknown; readonly problem?: string };
  if (report === undefined) throw new Error(problem ?? 'a process of the bench had nothing to say');
  await ended;
  return report;
}
