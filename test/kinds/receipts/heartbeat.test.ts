import { describe, expect, it } from 'vitest';
import type { SyncResult } from '../../../functions/kinds/kind.ts';
import { afterBeat } from '../../../functions/kinds/receipts/heartbeat.ts';
import { OfdOperator } from '../../../functions/kinds/receipts/simulator/ofd-operator.ts';
import { clientFor } from '../../../functions/kinds/receipts/simulator/operator.ts';
import { UpstreamError } from '../../../functions/model/failure.ts';
import type { HttpRequest, HttpResponse } from '../../../functions/platform/http/http.ts';
import { createUpstream } from '../../../functions/platform/upstream/open-upstream.ts';
import { MemoryDynamoDb } from '../../support/memory-dynamodb/memory-dynamodb.ts';
import { aSale } from './support/documents.ts';
import { SteppingClock } from './support/stepping-clock.ts';
import { TestRegister } from './support/test-register.ts';

const URL_OF_IT = 'https://erp.example/api/v1/kkt/heartbeat';

function aRegisterWithAHeartbeat(answer: () => Promise<number>) {
  const clock = new SteppingClock();
  const dynamo = new MemoryDynamoDb({ now: () => clock.now() });
  const operator = new OfdOperator({ clock, faults: () => ({ kind: 'answer', status: 503 }) });
  const toOperator = clientFor(operator, clock);
  const beats: HttpRequest[] = [];
  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    if (request.url !== URL_OF_IT) return toOperator.send(request);
    beats.push(request);
    return { status: await answer(), headers: {}, url: request.url, text: '', latencyMs: 1 };
  };
  const upstream = createUpstream({
    http: { send },
    gate: { enter: async () => ({ settle: async () => {} }), cool: async () => {} },
    clock,
    signal: new AbortController().signal,
    deadline: Number.MAX_SAFE_INTEGER,
    secrets: [],
  });
  const data = { client: dynamo.client, tableName: dynamo.tables.data };
  const config = { heartbeatUrl: URL_OF_IT };
  return { clock, beats, register: new TestRegister({ data, operator, clock, upstream, config }) };
}

const reachOf = (result: SyncResult | Error): unknown => (result instanceof Error ? result : result.details.heartbeat);

describe('the heartbeat', () => {
  it('is sent every 30 seconds while receipts wait, and says how many', async () => {
    const { register, beats, clock } = aRegisterWithAHeartbeat(async () => 200);
    await register.run();
    expect(beats).toEqual([]);
    await register.take('k', aSale());
    const reach: unknown[] = [];
    for (let n = 0; n < 5; n += 1) {
      reach.push(reachOf(await register.run()));
      clock.advance(15_000);
    }
    expect(beats.length).toBe(3);
    expect(JSON.parse(beats[0]?.body ?? '')).toEqual({
      timestamp: '2026-11-22T10:00:00.000Z',
      adapter_id: 'register-1',
      buffer_status: { current_queued: 1, pending: expect.any(Number), syncing: expect.any(Number), unknown: 0 },
    });
    expect(reach).toEqual([null, null, 'online', 'online', 'online']);
  });

  it('takes the other system for offline after three that were not heard', async () => {
    let status = 500;
    const { register, clock } = aRegisterWithAHeartbeat(async () => status);
    await register.take('k', aSale());
    const reach: unknown[] = [];
    for (let n = 0; n < 5; n += 1) {
      if (n === 3) status = 200;
      reach.push(reachOf(await register.run()));
      clock.advance(30_000);
    }
    expect(reach).toEqual([null, null, 'offline', 'offline', 'online']);
  });

  it('holds up no receipt and fails no run', async () => {
    const { register } = aRegisterWithAHeartbeat(() => {
      throw new UpstreamError('timeout', { problem: 'timeout', outcomeUnknown: true });
    });
    await register.take('k', aSale());
    expect(await register.run()).toMatchObject({ outcome: 'error', details: { failed: 1, heartbeat: null } });
  });

  it('is not waited for while more receipts can be sent', async () => {
    let answered: (status: number) => void = () => {};
    const { register } = aRegisterWithAHeartbeat(() => new Promise((resolve) => (answered = resolve)));
    for (let n = 0; n < 3; n += 1) await register.take(`k${n}`, aSale());
    const running = register.run();
    await new Promise((resolve) => setTimeout(resolve, 20));
    answered(200);
    expect(await running).toMatchObject({ details: { heartbeat: null } });
  });

  it('forgets a streak when it breaks', () => {
    const never = { reach: null, successes: 0, failures: 0, at: 0 } as const;
    const heard = [true, false, true, false, false, true].reduce(
      (last, ok, at) => afterBeat(last, ok, at),
      never as ReturnType<typeof afterBeat>,
    );
    expect(heard.reach).toBeNull();
  });
});
