import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { prepareDataDirectory } from '../../local/data-directory.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'driftless-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('makes the directory with all that is missing above it, and takes one that is there', async () => {
  const directory = join(folder, 'a', 'b');
  await prepareDataDirectory(directory);
  await prepareDataDirectory(directory);
  expect(statSync(directory).isDirectory()).toBe(true);
});

it('says which directory cannot be used and why', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await expect(prepareDataDirectory(file)).rejects.toThrow(`--data ${file} cannot be used: it is a file`);
  await expect(prepareDataDirectory(join(file, 'below'))).rejects.toThrow(/--data .*below cannot be used: ENOTDIR/);
});

it('comes back where a parent takes no directories', async () => {
  await expect(prepareDataDirectory('/proc/driftless/data')).rejects.toThrow(/--data \/proc.* cannot be used/);
});
