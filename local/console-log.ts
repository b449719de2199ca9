import type { Log } from '../functions/platform/log.ts';
import { plain } from './cli/table.ts';

/** What a person at a terminal wants to read: notices, warnings and errors; every run with `LOG_LEVEL=DEBUG`. */
export function consoleLog(verbose: boolean, write: (line: string) => void = (line) => console.log(line)): Log {
  const line = (mark: string, message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    const { integrationId, error } = fields;
    const about = [
      ...(typeof integrationId === 'string' ? [`integration ${integrationId}`] : []),
      ...(hasMessage(error) ? [error.message] : []),
    ];
    const more = about.length === 0 ? '' : ` (${about.join(': ')})`;
    write(plain(`${new Date().toISOString().slice(11, 19)} ${mark}${message}${more}`));
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

/** An Error, or what `describeError` made of one. */
function hasMessage(error: unknown): error is { readonly message: string } {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';
}
