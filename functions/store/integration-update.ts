import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { IntegrationId, TenantId } from '../model/ids.ts';
import { integrationKey } from '../model/ids.ts';
import type { Integration } from '../model/integration.ts';
import { conditionFailed, type Database, oldItemOf } from './database.ts';
import { type IntegrationItem, toIntegration } from './integration-item.ts';
import { type UpdateParts, updateExpression } from './update-expression.ts';

export type UpdateResult =
  | { readonly ok: true; readonly integration: Integration }
  /** The condition did not hold; `integration` is what was found, null when there is none. */
  | { readonly ok: false; readonly integration: Integration | null };

/** One conditional write that answers with the integration: after it, or, when the condition failed, as it is. */
export async function updateIntegrationItem(
  tenantId: TenantId,
  id: IntegrationId,
  parts: UpdateParts,
  db: Database,
): Promise<UpdateResult> {
  const condition = `attribute_exists(#pk) AND (${parts.condition ?? 'attribute_exists(#pk)'})`;
  try {
    const { Attributes } = await db.client.send(
      new UpdateCommand({
        TableName: db.tables.integrations,
        Key: { pk: integrationKey(tenantId, id) },
        ...updateExpression({ ...parts, condition }),
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { ok: true, integration: toIntegration(Attributes as IntegrationItem) };
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    const old = oldItemOf(error);
    return { ok: false, integration: old === undefined ? null : toIntegration(old as unknown as IntegrationItem) };
  }
}
