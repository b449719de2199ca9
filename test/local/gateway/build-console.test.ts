import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { runNode } from '../../../local/gateway/build-console.ts';
import { runScript } from '../../support/child-process.ts';

it('tells what a build that failed has printed', async () => {
  await runNode(['-e', '']);
  await expect(runNode(['-e', 'console.error("no such module"); process.exit(3)'])).rejects.toThrow('no such module');
});

it('leaves no build behind when the system stops meanwhile', async () => {
  // Open for as long as the build lives.
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const build = `require('net').connect(${(server.address() as AddressInfo).port}, '127.0.0.1')`;
  const owner = runScript(
    `import { runNode } from './local/gateway/build-console.ts';
     process.on('SIGTERM', () => process.exit(0));
     void runNode(['-e', process.env.BUILD]);`,
    { BUILD: build },
  );
  const [socket] = (await once(server, 'connection')) as [Socket];
  const gone = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined).resume();
  owner.process.kill('SIGTERM');
  await gone;
  server.close();
});
