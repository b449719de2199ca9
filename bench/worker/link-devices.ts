import { saveLink } from '../../functions/kinds/carrier/links.ts';
import { openPartition } from '../../functions/kinds/carrier/store.ts';
import { type IntegrationId, integrationKey } from '../../functions/model/ids.ts';
import type { Database } from '../../functions/store/database.ts';
import { TENANT } from '../rig.ts';

/** The simulated carrier as its process describes it. */
export interface SimulatedFleet {
  readonly baseUrl: string;
  readonly accountId: string | null;
  readonly devices: readonly { readonly carrierDeviceId: string; readonly iccid: string; readonly name: string }[];
}

/** Links every device of the carrier, as a person does with the API. */
export async function linkDevices(id: IntegrationId, { devices }: SimulatedFleet, db: Database): Promise<void> {
  const data = { client: db.client, tableName: db.tables.data };
  const partition = openPartition(integrationKey(TENANT, id), data);
  for (const [index, device] of devices.entries())
    await saveLink({ deviceId: `device-${index}`, ...device }, partition);
}
