import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BatchExecuteStatementCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import type { Runtime } from '../../functions/runtime/runtime.ts';
import { type DeliberateBug, simulate } from './simulate.ts';

/**
 * Bugs put in on purpose, at the border of a worker process where they need no change of the code: the simulation has to
 * notice each. A check that none of these trips would prove nothing.
 */
const STILL_MINE = '#leaseToken = :token AND #leaseOwner = :owner';

/** Every write of a run goes through, whoever holds the lease. */
function withoutFence(runtime: Runtime): Runtime {
  return {
    ...runtime,
    dynamo: changing(runtime.dynamo, (command) => {
      if (!(command instanceof UpdateCommand)) return command;
      const { ConditionExpression = '', ExpressionAttributeValues = {}, ...input } = command.input;
      if (!ConditionExpression.includes(STILL_MINE)) return command;
      const { ':token': _, ':owner': __, ...values } = ExpressionAttributeValues;
      return new UpdateCommand({
        ...input,
        ConditionExpression: ConditionExpression.replace(STILL_MINE, 'attribute_exists(#pk)'),
        ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
      });
    }),
  };
}

/** A worker takes the lease although another still holds it. */
function withoutLock(runtime: Runtime): Runtime {
  const live = '(attribute_not_exists(#leaseUntil) OR #leaseUntil <= :now)';
  return changingUpdates(
    runtime,
    live,
    '(attribute_not_exists(#leaseUntil) OR #leaseUntil <= :now OR #leaseUntil > :now)',
  );
}

/** A slot may run as often as its message comes. */
function withoutSlotCheck(runtime: Runtime): Runtime {
  const check = '(#lastSlot = :slot AND #slotOpen = :yes)';
  return changingUpdates(
    runtime,
    check,
    '(#lastSlot >= :slot AND (#slotOpen = :yes OR attribute_not_exists(#slotOpen)))',
  );
}

/** The tick moves the slots first and sends after: a crash between the two loses them. */
function advanceBeforeSend(runtime: Runtime): Runtime {
  let held: SendMessageBatchCommand[] = [];
  const dynamo = runtime.dynamo.send.bind(runtime.dynamo) as Send;
  const sqs = runtime.sqs.send.bind(runtime.sqs) as Send;
  return {
    ...runtime,
    sqs: {
      ...runtime.sqs,
      send: async (command: object) => {
        const isTick =
          command instanceof SendMessageBatchCommand &&
          command.input.Entries?.[0]?.MessageBody?.includes('"trigger":"schedule"');
        if (!isTick) return sqs(command);
        held.push(command);
        return { Successful: [], Failed: [] };
      },
    } as unknown as SQSClient,
    dynamo: {
      ...runtime.dynamo,
      send: async (command: object) => {
        const answer = await dynamo(command);
        if (command instanceof BatchExecuteStatementCommand) {
          const sending = held;
          held = [];
          for (const each of sending) await sqs(each);
        }
        return answer;
      },
    } as unknown as DynamoDBDocumentClient,
  };
}

/** A probe whose worker died stays under way for ever. */
function probeWithoutTimeout(runtime: Runtime): Runtime {
  const dynamo = changing(runtime.dynamo, (command) => {
    if (!(command instanceof UpdateCommand) || !command.input.UpdateExpression?.includes('probeUntil = :until'))
      return command;
    const ExpressionAttributeValues = { ...command.input.ExpressionAttributeValues, ':until': Number.MAX_SAFE_INTEGER };
    return new UpdateCommand({ ...command.input, ExpressionAttributeValues });
  });
  return { ...runtime, dynamo };
}

/** A worker that has switched an integration off does not come to tell anybody, nor does any after it. */
function withoutNotices(runtime: Runtime): Runtime {
  return { ...runtime, publish: async (notice) => (notice.type === 'disabled' ? undefined : runtime.publish(notice)) };
}

/** Nobody notes that people know of it. */
function withoutAlert(runtime: Runtime): Runtime {
  const dynamo = changing(runtime.dynamo, (command) => {
    if (!(command instanceof UpdateCommand) || !command.input.ExpressionAttributeValues?.[':set_alerted'])
      return command;
    const ExpressionAttributeValues = { ...command.input.ExpressionAttributeValues, ':set_alerted': false };
    return new UpdateCommand({ ...command.input, ExpressionAttributeValues });
  });
  return { ...runtime, dynamo };
}

type Send = (command: object) => Promise<unknown>;

function changing(client: DynamoDBDocumentClient, change: (command: object) => object): DynamoDBDocumentClient {
  const send = client.send.bind(client) as Send;
  return { ...client, send: (command: object) => send(change(command)) } as unknown as DynamoDBDocumentClient;
}

/** Puts another text where the conditions of updates have this one. */
function changingUpdates(runtime: Runtime, condition: string, other: string): Runtime {
  return {
    ...runtime,
    dynamo: changing(runtime.dynamo, (command) => {
      if (!(command instanceof UpdateCommand) || !command.input.ConditionExpression?.includes(condition))
        return command;
      const ConditionExpression = command.input.ConditionExpression.replaceAll(condition, other);
      return new UpdateCommand({ ...command.input, ConditionExpression });
    }),
  };
}

const SEEDS = 60;

async function firstFound(options: DeliberateBug): Promise<string> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violations } = await simulate(seed, options);
    if (violations[0] !== undefined) return violations[0];
  }
  return 'nothing was found';
}

describe('a deliberate bug is found', () => {
  it.each([
    ['writes that are not fenced', { bug: withoutFence }, /./],
    ['a lease taken from its holder', { bug: withoutLock, steadyClocks: true }, /live lease/],
    ['a slot that runs again', { bug: withoutSlotCheck }, /after a later one|good end twice/],
    ['slots moved before they are sent', { bug: advanceBeforeSend }, /without an entry/],
    ['a cursor moved before the store', { cursorFirst: true }, /nothing stored/],
    [
      'a breaker whose probe has no timeout',
      { bug: probeWithoutTimeout, outages: true },
      /nothing was synced|left pending/,
    ],
    ['calls that take no token', { limitless: true }, /calls of .* within a minute/],
    ['notices that are not sent', { bug: withoutNotices }, /people were told/],
    ['a mail for each slot', { bug: withoutAlert }, /mails about/],
  ] satisfies [string, DeliberateBug, RegExp][])('%s', { timeout: 120_000 }, async (_, options, expected) => {
    const found = await firstFound(options);
    expect(found).not.toBe('nothing was found');
    expect(found).toMatch(expected);
  });
});
