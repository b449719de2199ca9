import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findEngineCommand } from '../../../local/dynamodb/engine-command.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'driftless-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const executable = (...path: string[]): string => {
  const file = join(folder, ...path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
  return file;
};
const notInstalled = (specifier: string): string => {
  throw new Error(`Cannot find module '${specifier}'`);
};

describe('the engine is found', () => {
  it('by DYNOXIDE_BIN before anything else', () => {
    const file = executable('own', 'engine');
    const path = join(executable('path', 'dynoxide'), '..');
    expect(findEngineCommand({ env: { DYNOXIDE_BIN: file, PATH: path }, resolve: notInstalled })).toEqual({
      file,
      args: [],
      origin: 'DYNOXIDE_BIN',
    });
  });

  it('in the installed package before PATH', () => {
    const file = executable('package', 'dynoxide');
    const path = join(executable('path', 'dynoxide'), '..');
    const resolve = (): string => join(folder, 'package', 'package.json');
    expect(findEngineCommand({ env: { PATH: path }, resolve }).file).toBe(file);
  });

  it('on PATH before npx, and through npx with the pinned version when nothing else is there', () => {
    const npx = executable('path', 'npx');
    const search = { env: { PATH: join(folder, 'path') }, resolve: notInstalled };
    expect(findEngineCommand(search)).toEqual({ file: npx, args: ['--yes', 'dynoxide@1.2.1'], origin: 'npx' });
    const file = executable('path', 'dynoxide');
    expect(findEngineCommand(search)).toEqual({ file, args: [], origin: 'PATH' });
  });
});

describe('the engine is not found', () => {
  it('says where it looked and what to do', () => {
    const search = { env: { PATH: folder }, resolve: notInstalled };
    expect(() => findEngineCommand(search)).toThrow(/was not found.*PATH.*npm ci.*DYNOXIDE_BIN/s);
  });

  it('does not fall back when DYNOXIDE_BIN names no executable', () => {
    executable('path', 'dynoxide');
    const search = { env: { DYNOXIDE_BIN: join(folder, 'gone'), PATH: join(folder, 'path') }, resolve: notInstalled };
    expect(() => findEngineCommand(search)).toThrow(/DYNOXIDE_BIN is set to .*gone/);
  });
});
