import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..', '..');

/** The deployed functions, by the folder of their handler. */
export const HANDLERS = ['dispatch', 'execute', 'dead-letter', 'api', 'sign-in'] as const;

export interface Bundle {
  readonly handler: string;
  readonly file: string;
  readonly bytes: number;
  /** Bytes of the bundle by where they come from, greatest first. */
  readonly parts: readonly { readonly name: string; readonly bytes: number }[];
}

/** The first that fits names a file's part. */
const PARTS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Driftless', /^functions\//],
  ['DynamoDB client', /client-dynamodb|lib-dynamodb|util-dynamodb|dynamodb-codec|endpoint-discovery/],
  ['SQS client', /client-sqs|sdk-sqs/],
  ['KMS client', /client-kms/],
  ['SNS client', /client-sns/],
  ['credentials (SSO, STS, profiles)', /credential-provider|nested-clients|token-providers|config\/loadConfig/],
  ['what the AWS clients share', /@aws-sdk|@smithy|@aws-crypto|@aws\//],
  ['zod', /node_modules\/zod/],
  ['Powertools', /powertools/],
  ['middy', /middy/],
];

/** As lib/lambda-function.ts has it bundled for Lambda. */
export async function bundle(handler: string, directory: string): Promise<Bundle> {
  const file = join(directory, handler, 'index.mjs');
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [join('functions', handler, 'handler.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minify: true,
    sourcemap: 'external',
    sourcesContent: false,
    mainFields: ['module', 'main'],
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    metafile: true,
    logLevel: 'error',
  });
  const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined);
  if (output === undefined) throw new Error(`the bundle of ${handler} is empty`);
  const sizes = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
    const name = PARTS.find(([, pattern]) => pattern.test(path))?.[0] ?? packageOf(path);
    sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
  }
  const parts = [...sizes].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => b.bytes - a.bytes);
  return { handler, file, bytes: output.bytes, parts };
}

const packageOf = (path: string): string => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'other';
