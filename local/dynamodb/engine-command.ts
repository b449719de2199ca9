import { accessSync, constants, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

/** The version the project is tested with; the package in optionalDependencies pins the same one. */
const DYNOXIDE_VERSION = '1.2.1';

export interface EngineCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** Where it was found, for messages. */
  readonly origin: string;
}

export interface EngineSearch {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The path of an installed package's file; throws when the package is not installed. */
  readonly resolve: (specifier: string) => string;
}

const require = createRequire(import.meta.url);
const thisMachine: EngineSearch = { env: process.env, resolve: (specifier) => require.resolve(specifier) };

/**
 * How to start the embedded DynamoDB on this machine: DYNOXIDE_BIN, else the installed package, else PATH, else through npx
 * (which downloads it once). Throws with what to do when there is no way.
 */
export function findEngineCommand(search: EngineSearch = thisMachine): EngineCommand {
  const configured = search.env.DYNOXIDE_BIN;
  if (configured) {
    // An explicit wish is never silently replaced by another binary.
    if (isExecutable(configured)) return { file: configured, args: [], origin: 'DYNOXIDE_BIN' };
    throw new Error(`DYNOXIDE_BIN is set to ${configured}, which is not an executable file. Correct it or unset it.`);
  }
  const packaged = packagedBinary(search);
  if (packaged) return { file: packaged, args: [], origin: 'package @dynoxide/linux-x64' };
  const onPath = findOnPath('dynoxide', search.env.PATH);
  if (onPath) return { file: onPath, args: [], origin: 'PATH' };
  const npx = findOnPath('npx', search.env.PATH);
  if (npx) return { file: npx, args: ['--yes', `dynoxide@${DYNOXIDE_VERSION}`], origin: 'npx' };
  throw new Error(
    'The embedded DynamoDB (dynoxide) was not found. Looked at DYNOXIDE_BIN, the package @dynoxide/linux-x64, dynoxide and npx on PATH. ' +
      `Run "npm ci" again with optional dependencies, or install dynoxide ${DYNOXIDE_VERSION} and set DYNOXIDE_BIN to its path.`,
  );
}

function packagedBinary(search: EngineSearch): string | undefined {
  try {
    const binary = join(dirname(search.resolve('@dynoxide/linux-x64/package.json')), 'dynoxide');
    return isExecutable(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

function findOnPath(name: string, path: string | undefined): string | undefined {
  return (path ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
