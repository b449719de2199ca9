import { assertEmulator, cdk, OUTPUT, ROOT, runProgram } from './emulator.ts';

/** `npm run destroy:local`: takes back what `npm run deploy:local` has deployed with the same settings. */
async function main(): Promise<void> {
  await assertEmulator();
  cdk(ROOT, 'destroy', '--all', '--force', '-c', 'local=true', '-o', OUTPUT, ...process.argv.slice(2));
  console.log('Removed');
}

runProgram(main);
