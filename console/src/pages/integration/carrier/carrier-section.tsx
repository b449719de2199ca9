import { useState } from 'react';
import type { Device } from '../../../api/kind-types.ts';
import { Loaded } from '../../../parts/loaded.tsx';
import { useClient } from '../../../state/use-api.ts';
import { usePages } from '../../../state/use-pages.ts';
import { useRefreshOn } from '../../../state/use-refresh-on.ts';
import type { SectionProps } from '../integration-page.tsx';
import { DeviceDialog } from './device-dialog.tsx';
import { DevicesTable } from './devices-table.tsx';

const PAGE = 100;
const PAGES_AT_ONCE = 5;

export const devicesKey = (id: string): string => `devices|${id}`;

/** The linked devices of a carrier integration. */
export function CarrierSection({ integration, lastRun }: SectionProps) {
  const client = useClient();
  const [shown, setShown] = useState<Device | null>(null);
  const devices = usePages({
    key: devicesKey(integration.id),
    limit: PAGE,
    depth: PAGES_AT_ONCE,
    every: null,
    load: async (query, signal) => {
      const page = await client.devices(integration.id, query, signal);
      return { items: page.devices, nextCursor: page.nextCursor };
    },
  });
  useRefreshOn(lastRun, devices.refresh);
  return (
    <>
      <Loaded of={devices} what="the devices">
        {({ items }) => <DevicesTable integration={integration} devices={items} paged={devices} onShow={setShown} />}
      </Loaded>
      {shown !== null && <DeviceDialog integration={integration} device={shown} onClose={() => setShown(null)} />}
    </>
  );
}
