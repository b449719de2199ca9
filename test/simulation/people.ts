import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { redriveMany } from '../../functions/api/redrive.ts';
import { requestPurge } from '../../functions/dispatch/send-sync.ts';
import { asIntegrationId, integrationKey } from '../../functions/model/ids.ts';
import { KIND_NAMES, type KindName } from '../../functions/model/kind-name.ts';
import { queuesOf } from '../../functions/runtime/services.ts';
import { type DeadLetter, removeDeadLetter } from '../../functions/store/dead-letters.ts';
import { deleteIntegration } from '../../functions/store/integrations.ts';
import { TENANT, type World } from '../support/world.ts';
import type { Dice } from './dice.ts';

export interface Cast {
  readonly id: string;
  readonly kind: KindName;
  deleted: boolean;
}

/** Never to be seen outside the sealed credentials. */
export const CANARY = 'canary-0123456789';

/** Two carriers share a key, and with it one limit. */
export async function castOf(dice: Dice, world: World): Promise<[Cast, ...Cast[]]> {
  const ids = ['carrier-1', 'carrier-2', 'vehicle-1', 'source-1', 'receipts-1'] as const;
  const cast: Cast[] = [];
  for (const id of ids) {
    const kind = id.slice(0, -2) as KindName;
    const syncInterval = kind === 'receipts' ? 10 : dice.pick([10, 30, 60, 120, 300, 300, 900, 900, 900]);
    await world.add({ id, kind, syncInterval, apiKey: `${CANARY}-${kind}` });
    cast.push({ id, kind, deleted: false });
  }
  return cast as [Cast, ...Cast[]];
}

/** What people and strangers do. */
export class People {
  /** Bodies that strangers have put into the queues: each has to become a dead letter. */
  readonly strange: string[] = [];
  private readonly dice: Dice;
  private readonly world: World;
  private receipts = 0;

  constructor(dice: Dice, world: World) {
    this.dice = dice;
    this.world = world;
  }

  async act(member: Cast): Promise<void> {
    const { dice, world } = this;
    if (dice.chance(0.15)) await this.sendStrangeMessage();
    if (dice.chance(0.25)) await this.clearDesk();
    if (member.deleted) return;
    const { id, kind } = member;
    if (kind === 'receipts') {
      await this.addReceipts(id, dice.between(1, 5));
      return;
    }
    switch (dice.pick(['nothing', 'pause', 'resume', 'interval', 'manual', 'manual', 'delete', 'nothing'] as const)) {
      case 'pause':
        await world.change(id, { syncEnabled: false });
        break;
      case 'resume':
        await world.change(id, { syncEnabled: true });
        break;
      case 'interval':
        await world.change(id, { syncInterval: dice.pick([10, 20, 60, 90, 300, 600, 600, 600]) });
        break;
      case 'manual':
        await world.syncNow(id);
        break;
      case 'delete': {
        if (!dice.chance(0.3)) return;
        await requestPurge(await world.get(id), this.sending);
        await deleteIntegration(TENANT, asIntegrationId(id), world.db);
        member.deleted = true;
        break;
      }
      case 'nothing':
        break;
    }
  }

  private get sending() {
    return { queues: queuesOf(this.world.runtime), clock: this.world.clock };
  }

  private async addReceipts(id: string, count: number): Promise<void> {
    const { world } = this;
    for (let i = 0; i < count; i++) {
      this.receipts += 1;
      await world.dynamo.client.send(
        new PutCommand({
          TableName: world.db.tables.data,
          Item: {
            pk: integrationKey(TENANT, asIntegrationId(id)),
            sk: `pending#${world.clock.now()}#${this.receipts}`,
          },
        }),
      );
      await world.wake(id);
    }
  }

  private async sendStrangeMessage(): Promise<void> {
    const { dice, world } = this;
    const number = this.strange.length;
    const body = dice.pick([
      `not json ${number}`,
      JSON.stringify({ number }),
      JSON.stringify({ v: 9, tenantId: TENANT, integrationId: 'carrier-1', number }),
      JSON.stringify({ v: 1, tenantId: TENANT, integrationId: 'carrier-1', kind: 'carrier', slot: 'now', number }),
    ]);
    this.strange.push(body);
    const kind = dice.pick(KIND_NAMES as unknown as readonly [KindName, ...KindName[]]);
    await world.sqs.client.send(new SendMessageCommand({ QueueUrl: world.queues[kind].url, MessageBody: body }));
  }

  /** Somebody goes through the dead letters: redrives some, throws some away. What cannot be read is kept. */
  private async clearDesk(): Promise<void> {
    const { dice, world } = this;
    const letters = (await world.deadLetters()).filter(({ subject }) => subject.type !== 'malformed');
    // Letters of one moment are in the order of SQS's random message ids: another each time the seed is told.
    const bodyOf = ({ subject }: DeadLetter): string => ('body' in subject ? subject.body : '');
    for (const { id } of letters.toSorted((a, b) => a.createdAt - b.createdAt || (bodyOf(a) < bodyOf(b) ? -1 : 1))) {
      if (dice.chance(0.3)) await removeDeadLetter(TENANT, id, world.db);
      else if (dice.chance(0.7)) {
        const { db, clock, runtime } = world;
        const deps = { db, clock, queues: queuesOf(runtime), ids: runtime.ids, log: runtime.log, kinds: {} };
        await redriveMany(TENANT, { ids: [id] }, false, deps);
      }
    }
  }
}
