import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACCOUNT, assertEmulator, cdk, ENDPOINT, OUTPUT, REGION, ROOT, runProgram } from './emulator.ts';

/**
 * The CDK's bootstrap template without the policy that demands TLS on its bucket: an emulator speaks plain HTTP, and one
 * that enforces policies would shut the deployment out.
 */
function bootstrapTemplate(): string {
  const template = cdk(OUTPUT, 'bootstrap', '--show-template');
  const without = template.replace(/^ {2}StagingBucketPolicy:\n(?: {3,}.*\n|\n)*/m, '');
  if (without === template) throw new Error('the bootstrap template of the CDK has no StagingBucketPolicy any more');
  const path = join(OUTPUT, 'bootstrap.yaml');
  writeFileSync(path, without);
  return path;
}

/**
 * `npm run deploy:local`: deploys to an emulator. Arguments go to `cdk deploy`, as in `npm run deploy:local -- -c stage=test`.
 */
async function main(): Promise<void> {
  const started = performance.now();
  await assertEmulator();
  mkdirSync(OUTPUT, { recursive: true });
  console.log(`Bootstrapping ${ENDPOINT}`);
  // Away from cdk.json, because bootstrapping needs no app.
  cdk(OUTPUT, 'bootstrap', `aws://${ACCOUNT}/${REGION}`, '--template', bootstrapTemplate());
  console.log('Deploying');
  const outputsFile = join(OUTPUT, 'outputs.json');
  const files = ['--outputs-file', outputsFile, '-o', OUTPUT];
  cdk(ROOT, 'deploy', '--all', '--require-approval', 'never', '-c', 'local=true', ...files, ...process.argv.slice(2));

  for (const [stack, outputs] of Object.entries(JSON.parse(readFileSync(outputsFile, 'utf8')))) {
    const { ApiId } = outputs as { ApiId: string };
    console.log(`${stack} is deployed (${((performance.now() - started) / 1000).toFixed(0)} s)`);
    // By path, because names below localhost do not resolve everywhere.
    console.log(`API: ${ENDPOINT}/_aws/execute-api/${ApiId}/$default`);
    for (const [name, value] of Object.entries(outputs as object)) console.log(`${name}: ${value}`);
  }
}

runProgram(main);
