import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDataDirectory } from '../../../local/dynamodb/data-lock.ts';
import { runScript } from '../../support/child-process.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'driftless-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const holding = (directory: string): ReturnType<typeof runScript> =>
  runScript(
    `import { lockDataDirectory } from './local/dynamodb/data-lock.ts';
     lockDataDirectory(process.env.DIRECTORY, 'queue');
     console.log(process.pid);
     setInterval(() => {}, 1000);`,
    { DIRECTORY: directory },
  );

describe('a data directory', () => {
  it('has one living user, named in the error of the second', async () => {
    const holder = holding(folder);
    const pid = await holder.nextLine();
    expect(() => lockDataDirectory(folder, 'queue')).toThrow(new RegExp(`in use by process ${pid}`));
    await holder.killHard();
  });

  it('is taken over from a process that was killed', async () => {
    const holder = holding(folder);
    await holder.nextLine();
    await holder.killHard();
    const lock = lockDataDirectory(folder, 'queue');
    expect(() => lockDataDirectory(folder, 'queue')).toThrow(new RegExp(`in use by process ${process.pid}`));
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is taken over when another process now has the number of the dead one', () => {
    writeFileSync(join(folder, 'queue.lock'), JSON.stringify({ pid: process.pid, birth: 'an earlier boot:1' }));
    lockDataDirectory(folder, 'queue').release();
  });

  it('is taken over when the lock file is unreadable', () => {
    writeFileSync(join(folder, 'queue.lock'), '');
    lockDataDirectory(folder, 'queue').release();
  });

  it('is created where it is missing, and locked per name', () => {
    const directory = join(folder, 'a', 'b');
    const locks = [lockDataDirectory(directory, 'queue'), lockDataDirectory(directory, 'table')];
    expect(readdirSync(directory).sort()).toEqual(['queue.lock', 'table.lock']);
    for (const lock of locks) lock.release();
  });

  it('is not given free by a lock that was released before', () => {
    const first = lockDataDirectory(folder, 'queue');
    first.release();
    lockDataDirectory(folder, 'queue');
    first.release();
    expect(() => lockDataDirectory(folder, 'queue')).toThrow(/in use/);
  });
});
