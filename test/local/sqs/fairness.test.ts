import { beforeEach, describe, expect, it } from 'vitest';
import { SqsEngine } from '../../../local/sqs/engine.ts';
import type { Queue } from '../../../local/sqs/queue.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let engine: SqsEngine;
let queue: Queue;
beforeEach(() => {
  engine = new SqsEngine({ clock: new VirtualClock() });
  queue = engine.queues.create('work');
});

const sendMany = (groupId: string | undefined, count: number): void => {
  for (let index = 0; index < count; index += 1) engine.send(queue, { body: `${groupId}${index}`, groupId });
};
const take = async (maximum: number) => {
  const messages = await engine.receive(queue, { maximum });
  return messages.map(({ content, receiptHandle = '' }) => ({ body: content.body, receiptHandle }));
};

describe('a standard queue is fair', () => {
  it('gives a tenant that just came the next turn, however many messages of another wait', async () => {
    sendMany('noisy', 1000);
    await take(10);
    sendMany('quiet', 2);
    expect((await take(3)).map(({ body }) => body)).toEqual(['quiet0', 'quiet1', 'noisy10']);
  });

  it('gives tenants with as much in flight turns', async () => {
    for (const tenant of ['a', 'b', 'c']) sendMany(tenant, 3);
    expect((await take(7)).map(({ body }) => body)).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'c1', 'a2']);
  });

  it('prefers those with less in flight until that is finished', async () => {
    sendMany('a', 5);
    sendMany('b', 5);
    const [a0, b0] = await take(2);
    expect([a0?.body, b0?.body]).toEqual(['a0', 'b0']);
    engine.delete(queue, b0?.receiptHandle ?? '');
    expect((await take(2)).map(({ body }) => body)).toEqual(['b1', 'a1']);
    engine.delete(queue, a0?.receiptHandle ?? '');
  });

  it('holds nobody back when there is only one tenant, or none', async () => {
    sendMany('only', 25);
    expect([...(await take(10)), ...(await take(10)), ...(await take(10))]).toHaveLength(25);
    sendMany(undefined, 12);
    expect([...(await take(10)), ...(await take(10))]).toHaveLength(12);
  });

  it('keeps the order of sending within a tenant', async () => {
    sendMany('a', 10);
    expect((await take(10)).map(({ body }) => body)).toEqual(Array.from({ length: 10 }, (_, index) => `a${index}`));
  });

  it('goes on when messages that wait are deleted by whoever received them before', async () => {
    sendMany('a', 4);
    const [first, second] = await take(2);
    for (const { receiptHandle } of [first, second].filter((one) => one !== undefined)) {
      engine.changeVisibility(queue, receiptHandle, 0);
    }
    expect(engine.counts(queue)).toEqual({ ready: 4, delayed: 0, inFlight: 0 });
    engine.delete(queue, first?.receiptHandle ?? '');
    expect(engine.counts(queue).ready).toBe(3);
    expect((await take(10)).map(({ body }) => body).sort()).toEqual(['a1', 'a2', 'a3']);
  });

  it('stays quick with very many tenants', async () => {
    for (let tenant = 0; tenant < 30_000; tenant += 1) sendMany(`t${tenant}-`, 1);
    const startedAt = performance.now();
    const bodies = new Set<string>();
    for (let batch = await take(10); batch.length > 0; batch = await take(10)) {
      for (const { body, receiptHandle } of batch) {
        bodies.add(body);
        engine.delete(queue, receiptHandle);
      }
    }
    expect(bodies.size).toBe(30_000);
    // Quadratic work would take a minute.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
