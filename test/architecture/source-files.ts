import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** Where the project's own code is; built and installed things are beside it, not in it. */
const FOLDERS = ['bin', 'lib', 'functions', 'local', 'console', 'bench', 'test'] as const;
const NOT_SOURCE = /(^|\/)(node_modules|dist|output|fixtures)\//;

export interface Import {
  /** What is written: `../model/ids.ts`, `zod`. */
  readonly specifier: string;
  /** The file it leads to, from the root of the project; absent for a package. */
  readonly file: string | undefined;
  /** Nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

export interface SourceFile {
  /** From the root of the project, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

export function sourceFiles(): readonly SourceFile[] {
  return FOLDERS.filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => posix.join(folder, name)),
    )
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts') && !NOT_SOURCE.test(path))
    .map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      return { path, text, imports: importsOf(path, text) };
    });
}

/** `import …`, `export … from …` at the beginning of a line, and `import('…')` anywhere. */
const STATEMENT = /^(?:import|export)\s+(type\s+)?(?:[\w$*{][^;'"]*?\sfrom\s+)?['"]([^'"\n]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/g;

export function importsOf(path: string, text: string): readonly Import[] {
  const code = withoutComments(text);
  const found = [
    ...[...code.matchAll(STATEMENT)].map(([, type, specifier = '']) => ({ specifier, typeOnly: type !== undefined })),
    // `typeof import('…')` is a type; what is called is not.
    ...[...code.matchAll(DYNAMIC)].map(({ 1: specifier = '', index }) => ({
      specifier,
      typeOnly: /\btypeof\s+$/.test(code.slice(0, index)),
    })),
  ];
  return found.map((each) => ({
    ...each,
    file: each.specifier.startsWith('.') ? posix.join(posix.dirname(path), each.specifier) : undefined,
  }));
}

/** Good enough to look for words: `//` inside a string ends its line here too. */
export const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1');
