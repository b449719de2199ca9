import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HiddenMessages } from '../../../local/sqs/hidden-messages.ts';
import type { Message } from '../../../local/sqs/message.ts';

const aMessage = (sequence: number, visibleAt: number): Message => ({
  id: `${sequence}`,
  content: { body: 'x', bodyMd5: '' },
  sentAt: 0,
  sequence,
  receiveCount: 0,
  receivedElsewhere: 0,
  firstReceivedAt: undefined,
  receiptHandle: undefined,
  deadLetterSource: undefined,
  place: 'delayed',
  visibleAt,
  hiddenIndex: -1,
});

it('gives messages out in the order of their times, whatever was moved or removed in between', () => {
  const step = fc.record({
    what: fc.constantFrom('add', 'add', 'move', 'remove'),
    which: fc.nat(50),
    at: fc.nat(100),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const hidden = new HiddenMessages();
      let expected: Message[] = [];
      for (const [sequence, { what, which, at }] of steps.entries()) {
        const chosen = expected[which % Math.max(1, expected.length)];
        if (what === 'add') {
          const message = aMessage(sequence, at);
          hidden.add(message);
          expected.push(message);
        } else if (what === 'move' && chosen) {
          chosen.visibleAt = at;
          hidden.moved(chosen);
        } else if (what === 'remove' && chosen) {
          hidden.remove(chosen);
          expected = expected.filter((message) => message !== chosen);
        }
      }
      expected.sort((one, other) => one.visibleAt - other.visibleAt || one.sequence - other.sequence);
      for (const message of expected) {
        expect(hidden.nextVisibleAt).toBe(message.visibleAt);
        expect(hidden.takeVisible(message.visibleAt - 1)).toBeUndefined();
        expect(hidden.takeVisible(message.visibleAt)).toBe(message);
      }
      expect(hidden.nextVisibleAt).toBeUndefined();
    }),
  );
});
