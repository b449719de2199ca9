import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqsEngine } from '../../../local/sqs/engine.ts';
import { openFileJournal } from '../../../local/sqs/file-journal.ts';
import { runScript } from '../../support/child-process.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let folder: string;
let clock: VirtualClock;
const open = (): SqsEngine => new SqsEngine({ clock, journal: openFileJournal(folder) });
const file = (): string => join(folder, 'sqs.jsonl');
const bodiesIn = async (engine: SqsEngine, name = 'work'): Promise<string[]> =>
  (await engine.receive(engine.queues.get(name), { maximum: 10 })).map(({ content }) => content.body);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'driftless-'));
  clock = new VirtualClock();
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('what is on disk', () => {
  it('brings back queues, messages and dead letters as they were', async () => {
    const before = open();
    const dead = before.queues.create('dead', {}, { stage: 'test' });
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 });
    const work = before.queues.create('work', { VisibilityTimeout: '75', RedrivePolicy });
    before.send(work, {
      body: 'poison',
      groupId: 'tenant',
      attributes: { a: { DataType: 'String', StringValue: 'x' } },
    });
    await before.receive(work, { visibilitySeconds: 0 });
    await before.receive(work);
    before.send(work, { body: 'deleted' });
    const [deleted] = await before.receive(work);
    before.delete(work, deleted?.receiptHandle ?? '');
    before.send(work, { body: 'waiting' });
    before.send(work, { body: 'delayed', delaySeconds: 60 });
    before.close();

    const after = open();
    const queue = after.queues.get('work');
    expect(queue.attributes).toMatchObject({ VisibilityTimeout: '75', RedrivePolicy });
    expect(after.queues.get('dead').tags).toEqual({ stage: 'test' });
    expect(await bodiesIn(after)).toEqual(['waiting']);
    clock.set(clock.now() + 60_000);
    expect(await bodiesIn(after)).toEqual(['delayed']);
    const [letter] = await after.receive(after.queues.get('dead'));
    expect(letter).toMatchObject({ receiveCount: 2, deadLetterSource: queue.arn });
    expect(letter?.content).toMatchObject({
      body: 'poison',
      groupId: 'tenant',
      attributes: { a: { StringValue: 'x' } },
    });
    after.close();
  });

  it('shows what was in flight at once, because its workers are dead, and remembers that they tried', async () => {
    const before = open();
    const work = before.queues.create('work');
    before.send(work, { body: 'job', delaySeconds: 60 });
    clock.set(clock.now() + 60_000);
    const [first] = await before.receive(work, { visibilitySeconds: 43_200 });
    before.close();
    // Also when the machine's clock was wrong.
    clock.set(clock.now() - 30_000);
    const after = open();
    const [again] = await after.receive(after.queues.get('work'));
    expect(again).toMatchObject({ id: first?.id, receiveCount: 2, firstReceivedAt: first?.firstReceivedAt });
    expect(again?.receiptHandle).not.toBe(first?.receiptHandle);
    after.close();
  });

  it('forgets what was purged and queues that were deleted', async () => {
    const before = open();
    before.send(before.queues.create('work'), { body: 'purged' });
    before.purge(before.queues.get('work'));
    before.deleteQueue(before.queues.create('gone'));
    before.close();
    const after = open();
    expect(await bodiesIn(after)).toEqual([]);
    expect(() => after.queues.get('gone')).toThrow(/does not exist/);
    after.close();
  });

  it('never gives a FIFO queue the same number twice', async () => {
    const before = open();
    const fifo = before.queues.create('work.fifo', { FifoQueue: 'true' });
    const { sequence } = before.send(fifo, { body: 'a', groupId: 'g', deduplicationId: '1' });
    const [a] = await before.receive(fifo);
    before.delete(fifo, a?.receiptHandle ?? '');
    before.close();
    const after = open();
    const next = after.send(after.queues.get('work.fifo'), { body: 'b', groupId: 'g', deduplicationId: '2' });
    expect(next.sequence).toBeGreaterThan(sequence ?? 0);
    after.close();
  });

  it('is rewritten before it grows out of proportion, and loses nothing by that', async () => {
    const before = open();
    const work = before.queues.create('work');
    before.send(work, { body: 'kept', delaySeconds: 900 });
    const body = 'x'.repeat(1_000_000);
    for (let index = 0; index < 30; index += 1) {
      before.send(work, { body });
      const [message] = await before.receive(work);
      before.delete(work, message?.receiptHandle ?? '');
    }
    expect(statSync(file()).size).toBeLessThan(10_000_000);
    before.close();
    clock.set(clock.now() + 900_000);
    const after = open();
    expect(await bodiesIn(after)).toEqual(['kept']);
    after.close();
  });
});

describe('a process that was killed', () => {
  it('lost nothing that it had acknowledged', async () => {
    const child = runScript(
      `import { SqsEngine } from './local/sqs/engine.ts';
       import { openFileJournal } from './local/sqs/file-journal.ts';
       import { systemClock } from './functions/platform/clock.ts';
       const engine = new SqsEngine({ clock: systemClock, journal: openFileJournal(process.env.DIRECTORY) });
       const queue = engine.queues.create('work');
       for (let index = 0; ; index += 1) {
         engine.send(queue, { body: String(index) });
         console.log('sent ' + index);
         if (index % 3 === 0) {
           const [message] = await engine.receive(queue);
           engine.delete(queue, message.receiptHandle);
           console.log('deleted ' + message.content.body);
         }
         await new Promise(setImmediate);
       }`,
      { DIRECTORY: folder },
    );
    const acknowledged: string[] = [];
    while (acknowledged.length < 400) acknowledged.push(await child.nextLine());
    await child.killHard();
    acknowledged.push(...(await child.remainingLines()));
    const withWord = (word: string): string[] =>
      acknowledged.filter((line) => line.startsWith(word)).map((line) => line.slice(word.length));
    const deleted = new Set(withWord('deleted '));
    const expected = withWord('sent ').filter((body) => !deleted.has(body));

    clock.set(Date.now());
    const after = open();
    const found = new Set<string>();
    for (let some = await bodiesIn(after); some.length > 0; some = await bodiesIn(after)) {
      for (const body of some) found.add(body);
    }
    expect(expected.length).toBeGreaterThan(100);
    // A deletion may have been on its way; nothing else may be missing, and nothing deleted may be back.
    const missing = expected.filter((body) => !found.has(body));
    expect(missing.length).toBeLessThanOrEqual(1);
    expect([...deleted].filter((body) => found.has(body))).toEqual([]);
    after.close();
  });

  it('can leave half a line behind, which was never acknowledged', async () => {
    const before = open();
    before.send(before.queues.create('work'), { body: 'whole' });
    before.close();
    // Longer than what is written next.
    appendFileSync(file(), `{"type":"put","name":"work","message":{"content":{"body":"${'x'.repeat(5_000)}`);
    const after = open();
    after.send(after.queues.get('work'), { body: 'next' });
    after.close();
    expect(readFileSync(file(), 'utf8')).toMatch(/\}\n$/);
    const again = open();
    expect(await bodiesIn(again)).toEqual(['whole', 'next']);
    again.close();
  });
});

describe('a move to the dead-letter queue', () => {
  it('that was written half leaves the message where it was, neither lost nor doubled', async () => {
    const before = open();
    const dead = before.queues.create('dead');
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 });
    const work = before.queues.create('work', { RedrivePolicy });
    before.send(work, { body: 'poison' });
    await before.receive(work, { visibilitySeconds: 0 });
    const sizeBefore = statSync(file()).size;
    await before.receive(work);
    before.close();
    const whole = readFileSync(file());

    for (let size = sizeBefore; size <= whole.length; size += 1) {
      writeFileSync(file(), whole.subarray(0, size));
      const after = open();
      const counts = ['work', 'dead'].map((name) => after.counts(after.queues.get(name)).ready);
      expect(counts).toEqual(size < whole.length ? [1, 0] : [0, 1]);
      after.close();
    }
  });
});

describe('a data directory', () => {
  it('with a damaged file is an error that names file and line, and is left as it is', () => {
    open().close();
    const damaged = 'not json\n{"type":"purged","name":"work"}\n';
    writeFileSync(file(), damaged);
    expect(open).toThrow(/sqs\.jsonl.*line 1 is damaged.*Restore or delete/);
    expect(readFileSync(file(), 'utf8')).toBe(damaged);
  });

  it('is used by one engine at a time', () => {
    const engine = open();
    expect(open).toThrow(/in use by process/);
    engine.close();
    open().close();
  });
});
