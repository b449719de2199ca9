import { beforeEach, describe, expect, it } from 'vitest';
import { type ReceiveOptions, SqsEngine } from '../../../local/sqs/engine.ts';
import type { Queue } from '../../../local/sqs/queue.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let clock: VirtualClock;
let engine: SqsEngine;
let queue: Queue;
beforeEach(() => {
  clock = new VirtualClock();
  engine = new SqsEngine({ clock });
  queue = engine.queues.create('work', { VisibilityTimeout: '75' });
});
const bodiesOf = async (options?: ReceiveOptions): Promise<string[]> =>
  (await engine.receive(queue, options)).map(({ content }) => content.body);

describe('a simulation can jump', () => {
  it('to nowhere when nothing waits', async () => {
    expect(engine.nextEventAt()).toBeUndefined();
    engine.send(queue, { body: 'visible' });
    expect(engine.nextEventAt()).toBeUndefined();
  });

  it('to the end of the shortest delay or visibility over all queues', async () => {
    const startedAt = clock.now();
    const other = engine.queues.create('other');
    engine.send(queue, { body: 'delayed', delaySeconds: 100 });
    expect(engine.nextEventAt()).toBe(startedAt + 100_000);
    engine.send(queue, { body: 'now' });
    expect(await bodiesOf()).toEqual(['now']);
    expect(engine.nextEventAt()).toBe(startedAt + 75_000);
    engine.send(other, { body: 'sooner', delaySeconds: 10 });
    expect(engine.nextEventAt()).toBe(startedAt + 10_000);
  });

  it('step by step through a day without waiting for anything', async () => {
    engine.send(queue, { body: 'hourly', delaySeconds: 900 });
    let runs = 0;
    const end = clock.now() + 86_400_000;
    for (let next = engine.nextEventAt(); next !== undefined && next < end; next = engine.nextEventAt()) {
      clock.set(next);
      const [message] = await engine.receive(queue);
      expect(message?.content.body).toBe('hourly');
      engine.delete(queue, message?.receiptHandle ?? '');
      engine.send(queue, { body: 'hourly', delaySeconds: 900 });
      runs += 1;
    }
    expect(runs).toBe(95);
  });
});

describe('time', () => {
  it('makes a message visible in the millisecond in which its visibility ends, not before', async () => {
    engine.send(queue, { body: 'job' });
    await bodiesOf();
    clock.set(clock.now() + 74_999);
    expect(await bodiesOf()).toEqual([]);
    clock.set(clock.now() + 1);
    expect(await bodiesOf()).toEqual(['job']);
  });

  it('that goes back hides nothing and loses nothing', async () => {
    engine.send(queue, { body: 'a' });
    clock.set(clock.now() - 3_600_000);
    expect(await bodiesOf()).toEqual(['a']);
    clock.set(clock.now() + 3_600_000);
    expect(await bodiesOf()).toEqual(['a']);
  });

  it('over the retention drops a message that nobody took', async () => {
    engine.send(queue, { body: 'stale' });
    clock.set(clock.now() + 4 * 86_400_000);
    expect(await bodiesOf()).toEqual([]);
    expect(engine.counts(queue)).toEqual({ ready: 0, delayed: 0, inFlight: 0 });
  });
});

describe('a long poll', () => {
  it('sleeps on the engine’s clock and ends with it', async () => {
    const polled = bodiesOf({ waitSeconds: 20 });
    expect(clock.nextTimerAt()).toBe(clock.now() + 20_000);
    await clock.advance(20_000);
    expect(await polled).toEqual([]);
    expect(clock.nextTimerAt()).toBeUndefined();
  });

  it('hears of a message whose visibility is ended early', async () => {
    engine.send(queue, { body: 'job' });
    const [message] = await engine.receive(queue);
    const polled = bodiesOf({ waitSeconds: 20 });
    await clock.advance(1_000);
    engine.changeVisibility(queue, message?.receiptHandle ?? '', 0);
    expect(await polled).toEqual(['job']);
  });

  it('hears of a shorter visibility that another receiver chose after it began to wait', async () => {
    const first = bodiesOf({ waitSeconds: 20 });
    const second = bodiesOf({ waitSeconds: 20, visibilitySeconds: 5 });
    engine.send(queue, { body: 'one' });
    expect(await first).toEqual(['one']);
    engine.send(queue, { body: 'two' });
    expect(await second).toEqual(['two']);
    const third = bodiesOf({ waitSeconds: 20 });
    await clock.advance(5_000);
    expect(await third).toEqual(['two']);
  });

  it('that is given up takes no message with it', async () => {
    const given = new AbortController();
    const polled = engine.receive(queue, { waitSeconds: 20, signal: given.signal });
    given.abort(new Error('stopped'));
    await expect(polled).rejects.toThrow('stopped');
    engine.send(queue, { body: 'job' });
    expect(await bodiesOf()).toEqual(['job']);
    expect(clock.nextTimerAt()).toBeUndefined();
  });

  it('ends when the engine is closed or the queue deleted', async () => {
    const other = engine.queues.create('other');
    const onOther = engine.receive(other, { waitSeconds: 20 });
    engine.deleteQueue(other);
    await expect(onOther).rejects.toThrow('does not exist');
    const polled = bodiesOf({ waitSeconds: 20 });
    engine.close();
    expect(await polled).toEqual([]);
  });
});

describe('a receipt handle', () => {
  it('that is not the latest one deletes nothing', async () => {
    engine.send(queue, { body: 'job' });
    const [slow] = await engine.receive(queue);
    const stale = slow?.receiptHandle ?? '';
    clock.set(clock.now() + 75_000);
    const [quick] = await engine.receive(queue);
    engine.delete(queue, stale);
    expect(engine.counts(queue).inFlight).toBe(1);
    engine.delete(queue, quick?.receiptHandle ?? '');
    expect(engine.counts(queue).inFlight).toBe(0);
  });

  it('still deletes a message that is visible again and was not taken by anybody', async () => {
    engine.send(queue, { body: 'job' });
    const [slow] = await engine.receive(queue);
    clock.set(clock.now() + 80_000);
    engine.delete(queue, slow?.receiptHandle ?? '');
    expect(await bodiesOf()).toEqual([]);
  });

  it('of another queue is refused', async () => {
    engine.send(queue, { body: 'job' });
    const [message] = await engine.receive(queue);
    const other = engine.queues.create('other');
    expect(() => engine.delete(other, message?.receiptHandle ?? '')).toThrow(/not a valid receipt handle/);
  });
});

describe('redrive', () => {
  it('counts the receives of each queue for itself, and shows their sum', async () => {
    const last = engine.queues.create('last');
    const policy = (deadLetterTargetArn: string, maxReceiveCount: number) => ({
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }),
    });
    const middle = engine.queues.create('middle', policy(last.arn, 2));
    engine.configure(queue, policy(middle.arn, 1));
    engine.send(queue, { body: 'job' });
    const receive = async (from: Queue) => (await engine.receive(from, { visibilitySeconds: 0 }))[0]?.receiveCount;
    expect([await receive(queue), await receive(queue)]).toEqual([1, undefined]);
    expect([await receive(middle), await receive(middle), await receive(middle)]).toEqual([2, 3, undefined]);
    expect(await receive(last)).toBe(4);
  });

  it('to itself is refused', () => {
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: queue.arn, maxReceiveCount: 1 });
    expect(() => engine.configure(queue, { RedrivePolicy })).toThrow(/its own dead-letter queue/);
  });

  it('wakes whoever waits for dead letters', async () => {
    const deadLetters = engine.queues.create('dead');
    engine.configure(queue, {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 1 }),
    });
    engine.send(queue, { body: 'poison' });
    const waiting = engine.receive(deadLetters, { waitSeconds: 20 });
    await bodiesOf({ visibilitySeconds: 0 });
    expect(await bodiesOf()).toEqual([]);
    expect((await waiting).map(({ content }) => content.body)).toEqual(['poison']);
  });
});
