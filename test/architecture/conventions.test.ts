import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kinds } from '../../functions/kinds/registry.ts';
import { KIND_NAMES } from '../../functions/model/kind-name.ts';
import { ROOT, sourceFiles, withoutComments } from './source-files.ts';

const files = sourceFiles();

/** "file:line: text" of every line that fits. The patterns are put together so that this file does not fit them itself. */
const linesWith = (pattern: RegExp, { inComments }: { readonly inComments: boolean }): string[] =>
  files.flatMap(({ path, text }) =>
    (inComments ? text : withoutComments(text))
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );

describe('the code', () => {
  // What biome's noExplicitAny finds; here in case it should be switched off one day.
  it('has no any', () => {
    const pattern = /\bas any\b|\bany\[\]|<any[,>]|,\s*any>|:\s*any\s*(=(?!>)|[;)])/;
    expect(linesWith(pattern, { inComments: false })).toEqual([]);
  });

  it('silences neither the compiler nor the linter', () => {
    const words = ['@ts-' + '(ignore|expect-error|nocheck)', 'biome-' + 'ignore', 'eslint-' + 'disable'];
    expect(linesWith(new RegExp(words.join('|')), { inComments: true })).toEqual([]);
  });

  it('has no enum and no default export, except where a tool asks for one', () => {
    const found = linesWith(/^\s*(export\s+)?(const\s+)?enum\s+\w|^export default\b/, { inComments: false });
    expect(found.filter((line) => !/^[^:]*\.config\.ts: /.test(line))).toEqual([]);
  });

  it('takes its time and its dice from outside', () => {
    const dice = linesWith(/\bMath\.random\(|\bDate\.now\(|\bnew Date\(\)/, { inComments: false });
    expect(
      dice.filter((line) => line.startsWith('functions/') && !line.startsWith('functions/platform/clock.ts')),
    ).toEqual([]);
  });
});

describe('the tests', () => {
  it('all run: none is focused, skipped or left for later', () => {
    const modifiers = ['only', 'skip', 'todo', 'skipIf', 'runIf'].join('|');
    const pattern = new RegExp(
      `\\b(it|test|describe|suite|rule)(\\.\\w+)*\\.(${modifiers})\\b|\\b[fx](it|describe)\\(`,
    );
    expect(linesWith(pattern, { inComments: false })).toEqual([]);
  });
});

describe('a kind', () => {
  const folders = readdirSync(join(ROOT, 'functions/kinds'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

  it('is a folder, a name and a line of the registry', () => {
    expect(folders.sort()).toEqual([...KIND_NAMES].sort());
    expect(Object.keys(kinds).sort()).toEqual([...KIND_NAMES].sort());
    for (const [name, kind] of Object.entries(kinds)) expect(kind.name).toBe(name);
  });

  it.each(folders)('%s has its entry, its own data, its words for people and its simulator', (kind) => {
    const missing = ['index.ts', 'store.ts', 'routes.ts', 'README.md', 'simulator'].filter(
      (name) => !existsSync(join(ROOT, 'functions/kinds', kind, name)),
    );
    expect(missing).toEqual([]);
  });
});

describe('the front door', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Readonly<
    Record<'dependencies' | 'devDependencies' | 'optionalDependencies' | 'scripts', Readonly<Record<string, string>>>
  >;
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

  it('says of every dependency what it is for', () => {
    const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
    expect(Object.keys(all).filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  it('tells of no script that is not there', () => {
    const told = [...readme.matchAll(/\bnpm run (?:--silent )?([a-z][a-z:]*)/g)].map(([, name = '']) => name);
    expect(told.filter((name) => manifest.scripts[name] === undefined)).toEqual([]);
  });

  it.each(['README.md', 'CONTRIBUTING.md'])('%s links to nothing that is missing', (page) => {
    const links = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^[a-z]+:/.test(link));
    expect(links.filter((link) => !existsSync(join(ROOT, link)))).toEqual([]);
  });
});
