import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWeatherService, serveWeather } from '../../../functions/kinds/source/simulator/index.ts';
import { asIntegrationId, asTenantId } from '../../../functions/model/ids.ts';
import { systemClock } from '../../../functions/platform/clock.ts';
import { silentLog } from '../../../functions/platform/log.ts';
import { databaseOf } from '../../../functions/runtime/services.ts';
import { deadLetterId, recordDeadLetter } from '../../../functions/store/dead-letters.ts';
import { runCommand } from '../../../local/cli/run-command.ts';
import { type LocalSystem, startLocalSystem } from '../../../local/local-system.ts';
import { readOptions } from '../../../local/options.ts';

let system: LocalSystem;
let weather: Awaited<ReturnType<typeof serveWeather>>;
let id: string;

beforeAll(async () => {
  weather = await serveWeather(createWeatherService({ clock: systemClock }));
  system = await startLocalSystem(readOptions(['--empty', '--port', '0']), {
    log: silentLog,
    onFailure: (reason) => {
      throw new Error(reason);
    },
  });
  system.work();
  const { token } = (await post('/dev/token', { tenantId: 'demo', role: 'operator' })) as { token: string };
  const created = await post(
    '/api/integrations',
    {
      name: 'Weather',
      kind: 'source',
      provider: 'rest',
      baseUrl: weather.url,
      config: {
        url: '/v1/pages',
        auth: 'none',
        fields: [{ name: 'station', path: 'station.code', dataType: 'string' }],
      },
      syncInterval: null,
    },
    { authorization: `Bearer ${token}` },
  );
  ({ id } = created as { id: string });
});

afterAll(async () => {
  await system.stop();
  await weather.close();
});

describe('integrations', () => {
  it('lists them as a table, and with --json exactly as the API answers', async () => {
    const shown = await driftless('integrations list --kind source');
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(shown.out.split('\n')[0]).toMatch(/^id +name +kind +provider +health +status/);
    expect(shown.out).toContain('Weather');
    const { integrations } = JSON.parse((await driftless('integrations list --json')).out);
    expect(integrations).toMatchObject([{ id, name: 'Weather', syncInterval: null }]);
    expect((await driftless('integrations list --kind vehicle')).out).toBe('no integrations');
    expect((await driftless('integrations list --health red')).out).toBe('no integrations');
    const refused = await driftless('integrations list --health blue');
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/health.*"green"/s);
  });

  it('syncs one now and shows the run in its history', async () => {
    const { runId } = JSON.parse((await driftless(`integrations sync ${id} --json`)).out);
    await expect
      .poll(async () => JSON.parse((await driftless(`history ${id} --json`)).out).logs[0], { timeout: 10_000 })
      .toMatchObject({ id: runId, status: 'SUCCESS', trigger: 'manual' });
    const { out } = await driftless(`history ${id}`);
    expect(out).toMatch(/1 +SUCCESS +manual/);
    expect(out).toContain('page 1 of 1, 1 in all');
    expect((await driftless(`history ${id} --status FAILED`)).out).toContain('no runs');
  });

  it('pauses and resumes one', async () => {
    expect(await driftless(`integrations pause ${id}`)).toEqual({ code: 0, out: 'Weather is paused', err: '' });
    expect((await driftless('integrations list')).out).toContain('paused');
    expect((await driftless(`integrations resume ${id}`)).out).toMatch(/^Weather is on/);
    expect((await driftless(`integrations show ${id}`)).out).toMatch(/^syncEnabled +true$/m);
  });

  it('keeps to the tenant it is asked for', async () => {
    expect((await driftless('integrations list --tenant other')).out).toBe('no integrations');
    const refused = await driftless(`integrations show ${id} --tenant other --json`);
    expect(refused).toMatchObject({ code: 1, err: 'There is no such integration. (not_found)' });
    expect(JSON.parse(refused.out)).toMatchObject({ error: { code: 'not_found' } });
  });
});

describe('dead letters', () => {
  it('redrives a kind’s, all of them, over more than one request', async () => {
    await addLetters(130);
    const dry = await driftless('dead-letters redrive --kind source --dry-run');
    expect(dry).toMatchObject({ code: 0, out: '100 would be redriven\n30 would be redriven' });
    expect((await driftless('dead-letters list --limit 2')).out).toMatch(/more with --cursor \S+$/);
    expect((await driftless('dead-letters redrive --kind source')).out).toBe('100 redriven\n30 redriven');
    expect((await driftless('dead-letters list')).out).toBe('no dead letters');
  });

  it('names the ones it could not redrive and ends with 1', async () => {
    const [known = ''] = await addLetters(1);
    const result = await driftless(`dead-letters redrive ${known} unknown`);
    expect(result).toMatchObject({ code: 1, out: '1 redriven, 1 not:\nunknown: There is no such dead letter.' });
  });
});

it('shows the overview and the events', async () => {
  expect((await driftless('overview')).out).toMatch(/^integrations +1: 0 carrier, 0 vehicle, 1 source, 0 receipts$/m);
  expect(await driftless('events')).toMatchObject({ code: 0, out: 'no events' });
});

describe('what goes wrong is said in words', () => {
  it('a wrong token', async () => {
    expect(await driftless('overview --token wrong')).toMatchObject({
      code: 1,
      err: expect.stringContaining('unauthorized'),
    });
  });

  it('nobody at the address', async () => {
    const result = await driftless('overview --url http://127.0.0.1:1');
    expect(result).toMatchObject({ code: 1, out: '', err: expect.stringContaining('does not answer') });
  });

  it('a field the API does not take', async () => {
    const result = await driftless('events --limit 1000');
    expect(result.code).toBe(1);
    expect(result.err.match(/limit: /g)).toHaveLength(1);
  });

  it("a token that the gateway of a deployment refuses, in the gateway's own words", async () => {
    const { server, url } = await serving('{"message":"Unauthorized"}', 401);
    const result = await driftless(`overview --url ${url} --token old`);
    server.close();
    expect(result).toMatchObject({ code: 1, err: `${url} does not take the token: it is wrong, or has run out.` });
  });

  it.each([
    ['HTML', '<html>', /not JSON|Driftless's API/],
    ['JSON of something else', '{"hello":"world"}', /not one of Driftless's API/],
  ])('another service that answers %s', async (_, body, words) => {
    const { server, url } = await serving(body);
    const result = await driftless(`integrations list --url ${url} --token t`);
    server.close();
    expect(result).toMatchObject({ code: 1, out: '', err: expect.stringMatching(words) });
  });

  it('a command that makes no sense', async () => {
    expect(await driftless('integrations dance')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('npm run driftless'),
    });
  });
});

it('runs as a program, with its exit code', async () => {
  const main = join(import.meta.dirname, '../../../local/cli/main.ts');
  const child = spawn(process.execPath, [main, 'integrations', 'show', 'nobody', '--url', system.url]);
  let err = '';
  child.stderr.on('data', (text) => {
    err += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect({ code, err }).toEqual({ code: 1, err: 'There is no such integration. (not_found)\n' });
});

async function driftless(line: string): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const args = line.includes('--url') ? line.split(' ') : [...line.split(' '), '--url', system.url];
  const code = await runCommand(args, {}, { out: (text) => out.push(text), err: (text) => err.push(text) });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(system.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

let letters = 0;
async function addLetters(count: number): Promise<readonly string[]> {
  const tenantId = asTenantId('demo');
  const integrationId = asIntegrationId(id);
  const db = databaseOf(system.local.runtime);
  const now = Date.now();
  const ids = Array.from({ length: count }, () => deadLetterId(now, `letter${letters++}`));
  const message = { v: 1, tenantId, integrationId, kind: 'source', slot: now, trigger: 'schedule', scheduleVersion: 1 };
  const facts = { tenantId, integrationId, kind: 'source', reason: 'gave up', attempts: 4, lastError: null } as const;
  await Promise.all(
    ids.map((each) =>
      recordDeadLetter(
        {
          ...facts,
          id: each,
          firstFailureAt: now,
          lastFailureAt: now,
          createdAt: now,
          subject: { type: 'message', body: JSON.stringify(message) },
        },
        db,
      ),
    ),
  );
  return ids;
}

async function serving(body: string, status = 200): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((_, response) => void response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
