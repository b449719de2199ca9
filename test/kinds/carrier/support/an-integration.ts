import { carrier } from '../../../../functions/kinds/carrier/index.ts';
import type { CarrierName } from '../../../../functions/kinds/carrier/providers/index.ts';
import type { SimulatedCarrier } from '../../../../functions/kinds/carrier/simulator/index.ts';
import { asIntegrationId, asTenantId } from '../../../../functions/model/ids.ts';
import type { Integration } from '../../../../functions/model/integration.ts';

/** An integration as far as a kind looks at it; what belongs to the engine is left out. */
export function anIntegration(
  provider: CarrierName,
  id: string,
  simulated: Pick<SimulatedCarrier, 'accountId' | 'baseUrl'>,
  now: number,
  given: Partial<Integration> = {},
): Integration {
  const needsBase = carrier.providers[provider]?.defaultBaseUrl === null;
  return {
    tenantId: asTenantId('demo'),
    id: asIntegrationId(id),
    name: provider,
    kind: 'carrier',
    provider,
    baseUrl: needsBase ? simulated.baseUrl : null,
    accountId: simulated.accountId,
    config: {},
    syncInterval: 3600,
    syncEnabled: true,
    createdAt: now,
    updatedAt: now,
    version: 1,
    ...given,
  } as Integration;
}
