import type { Log } from '../functions/platform/log.ts';

/** What a person at a terminal wants to read: notices, warnings and errors; every run with `LOG_LEVEL=DEBUG`. */
export function consoleLog(verbose: boolean, write: (line: string) => void = (line) => console.log(line)): Log {
  const line = (mark: string, message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    const { error } = fields;
    const cause = error instanceof Error ? ` (${error.message})` : '';
    write(`${new Date().toISOString().slice(11, 19)} ${mark}${message}${cause}`);
  };
  return {
    debug: (message, fields) => {
      if (verbose) line('', message, fields);
    },
    info: (message, fields) => {
      // Runs, ticks and requests are too many to read; they have their history.
      const routine = fields?.status !== undefined || fields?.slots !== undefined || fields?.latencyMs !== undefined;
      if (verbose || !routine) line('', message, fields);
    },
    warn: (message, fields) => line('warning: ', message, fields),
    error: (message, fields) => line('error: ', message, fields),
  };
}
