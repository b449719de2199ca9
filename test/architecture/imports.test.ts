import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { partOf, readImportTable } from './import-table.ts';
import { type Import, importsOf, ROOT, type SourceFile, sourceFiles } from './source-files.ts';

const parts = readImportTable();
const files = sourceFiles();
const functions = files.filter(({ path }) => path.startsWith('functions/'));

/** "file imports what" of every import that a rule forbids: an empty list is what a rule wants. */
const forbidden = (among: readonly SourceFile[], rule: (file: SourceFile, imported: Import) => boolean): string[] =>
  among.flatMap((file) =>
    file.imports
      .filter((imported) => rule(file, imported))
      .map((imported) => `${file.path} imports ${imported.specifier}`),
  );

describe('the import table of CONTRIBUTING.md', () => {
  it('has a row for every source file, and a file for every row', () => {
    expect(files.map(({ path }) => path).filter((path) => partOf(path, parts) === undefined)).toEqual([]);
    const used = new Set(files.map(({ path }) => partOf(path, parts)?.name));
    expect(parts.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
  });

  it('goes downwards only, so that no two parts can import each other', () => {
    for (const [row, { name, imports, types }] of parts.entries()) {
      const below = parts.slice(row + 1).map((part) => part.name);
      expect(below, `what ${name} imports`).toEqual(expect.arrayContaining([...imports, ...types]));
    }
  });

  it('is what the code does', () => {
    expect(
      forbidden(files, ({ path }, { file, typeOnly }) => {
        if (file === undefined) return false;
        const [from, to] = [partOf(path, parts), partOf(file, parts)];
        if (from === undefined || to === undefined) return true;
        return from !== to && !from.imports.includes(to.name) && !(typeOnly && from.types.includes(to.name));
      }),
    ).toEqual([]);
  });
});

describe('a kind', () => {
  const kindOf = (path: string): string | undefined => /^functions\/kinds\/([^/]+)\//.exec(path)?.[1];

  it('never imports a sibling', () => {
    expect(
      forbidden(functions, ({ path }, { file }) => {
        const [from, to] = [kindOf(path), file === undefined ? undefined : kindOf(file)];
        return from !== undefined && to !== undefined && from !== to;
      }),
    ).toEqual([]);
  });
});

describe('packages', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const nameOf = (specifier: string): string =>
    specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');

  it('that are deployed are dependencies, and nothing else is', () => {
    const imported = functions
      .flatMap(({ imports }) => imports)
      .filter(({ file, typeOnly, specifier }) => file === undefined && !typeOnly && !specifier.startsWith('node:'));
    const names = new Set(imported.map(({ specifier }) => nameOf(specifier)));
    expect([...names].sort()).toEqual(Object.keys(manifest.dependencies).sort());
  });

  it('of the AWS SDK stay behind the store, the platform, the runtime and the store of a kind', () => {
    const allowed = /^functions\/(store|platform|runtime)\/|^functions\/kinds\/[^/]+\/store\.ts$/;
    // The contract names the client that a kind's store is given.
    const typesAllowed = /^functions\/kinds\/kind\.ts$/;
    expect(
      forbidden(
        functions,
        ({ path }, { specifier, typeOnly }) =>
          /^@(aws-sdk|smithy)\//.test(specifier) && !allowed.test(path) && !(typeOnly && typesAllowed.test(path)),
      ),
    ).toEqual([]);
  });
});

describe('the reader of imports', () => {
  it('sees every form, and what is left of it at run time', () => {
    const text = [
      "import middy, { type MiddyfiedHandler } from '@middy/core';",
      "import type { Kind } from '../kind.ts';",
      'import {\n  one,\n  two,\n} from "./pair.ts";',
      "import './effect.css';",
      "export * from './all.ts';",
      "export type { Route } from '../route.ts';",
      "const later = await import('./later.ts');",
      "type Later = typeof import('./types.ts');",
      "// import { no } from './comment.ts';",
      "export const text = 'from';",
    ].join('\n');
    expect(importsOf('functions/kinds/carrier/index.ts', text)).toEqual([
      { specifier: '@middy/core', file: undefined, typeOnly: false },
      { specifier: '../kind.ts', file: 'functions/kinds/kind.ts', typeOnly: true },
      { specifier: './pair.ts', file: 'functions/kinds/carrier/pair.ts', typeOnly: false },
      { specifier: './effect.css', file: 'functions/kinds/carrier/effect.css', typeOnly: false },
      { specifier: './all.ts', file: 'functions/kinds/carrier/all.ts', typeOnly: false },
      { specifier: '../route.ts', file: 'functions/kinds/route.ts', typeOnly: true },
      { specifier: './later.ts', file: 'functions/kinds/carrier/later.ts', typeOnly: false },
      { specifier: './types.ts', file: 'functions/kinds/carrier/types.ts', typeOnly: true },
    ]);
  });
});
