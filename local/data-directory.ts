import { existsSync } from 'node:fs';
import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Makes a directory to keep data in where it is missing. Throws with what is wrong with it. */
export async function prepareDataDirectory(directory: string): Promise<void> {
  const missing: string[] = [];
  for (let at = resolve(directory); !existsSync(at); at = dirname(at)) missing.unshift(at);
  try {
    // One by one: node's `recursive` never comes back where a parent is there but takes no directories, as in /proc.
    for (const each of missing) await mkdir(each);
    if (!(await stat(directory)).isDirectory()) throw new Error('it is a file');
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(`--data ${directory} cannot be used: ${error instanceof Error ? error.message : error}`);
  }
}
