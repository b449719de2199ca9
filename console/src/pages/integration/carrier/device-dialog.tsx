import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Modal from '@cloudscape-design/components/modal';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { Device } from '../../../api/kind-types.ts';
import type { Integration } from '../../../api/types.ts';
import { Confirm } from '../../../parts/confirm.tsx';
import { bytes } from '../../../parts/format.ts';
import { Loaded } from '../../../parts/loaded.tsx';
import { Time } from '../../../parts/time.tsx';
import { flashDone, flashFailure } from '../../../state/flash.ts';
import { useCanChange, useClient } from '../../../state/use-api.ts';
import { type PagedItems, pagesKey } from '../../../state/use-pages.ts';
import { pollsOf, usePoll } from '../../../state/use-poll.ts';
import { shareOf, useAllowance } from './allowance.ts';
import { devicesKey } from './carrier-section.tsx';
import { Freshness, NetworkIndicator, SimIndicator } from './device-status.tsx';
import { UsageBar } from './usage-bar.tsx';
import { UsagePlot } from './usage-plot.tsx';

interface DeviceDialogProps {
  readonly integration: Integration;
  readonly device: Device;
  readonly onClose: () => void;
}

const RANGES = ['7', '30', '90'] as const;
const DAY_MS = 86_400_000;

/** One device: what it has used, by day. */
export function DeviceDialog({ integration, device, onClose }: DeviceDialogProps) {
  const client = useClient();
  const canChange = useCanChange();
  const [allowance] = useAllowance(integration.id);
  const [days, setDays] = useState<(typeof RANGES)[number]>('30');
  const [asking, setAsking] = useState(false);
  const { deviceId } = device;
  const from = new Date(Date.now() - (Number(days) - 1) * DAY_MS).toISOString().slice(0, 10);
  const usage = usePoll(
    `usage|${integration.id}|${deviceId}|${from}`,
    (signal) => client.deviceUsage(integration.id, deviceId, { from }, signal),
    () => null,
  );
  const unlink = async (): Promise<void> => {
    try {
      const [list] = pollsOf<PagedItems<Device>>(pagesKey(devicesKey(integration.id)));
      const act = (): Promise<undefined> => client.unlinkDevice(integration.id, deviceId);
      const without = (shown: PagedItems<Device>): PagedItems<Device> => ({
        ...shown,
        items: shown.items.filter((own) => own.deviceId !== deviceId),
      });
      onClose();
      await (list === undefined ? act() : list.optimistically(without, act, without));
      flashDone(`${deviceId} is unlinked`);
    } catch (error) {
      flashFailure(`${deviceId} could not be unlinked`, error);
    }
  };
  if (asking) {
    return (
      <Confirm header={`Unlink ${deviceId}?`} confirm="Unlink" onConfirm={unlink} onClose={() => setAsking(false)}>
        Its usage is not read any more. Nothing changes at the carrier.
      </Confirm>
    );
  }
  return (
    <Modal
      visible
      size="large"
      header={device.name ?? deviceId}
      onDismiss={onClose}
      footer={canChange && <Button onClick={() => setAsking(true)}>Unlink</Button>}
    >
      <SpaceBetween size="l">
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Used in this cycle', value: <UsageBar usage={shareOf(device, allowance)} /> },
            { label: 'SIM', value: <SimIndicator status={device.simStatus} /> },
            { label: 'Network', value: <NetworkIndicator status={device.networkStatus} /> },
            { label: 'Device id', value: deviceId },
            { label: 'Id at the carrier', value: device.carrierDeviceId },
            { label: 'ICCID', value: device.iccid ?? '–' },
            { label: 'Cycle', value: <Cycle start={device.billingCycleStart} end={device.billingCycleEnd} /> },
            { label: 'Read', value: <Freshness device={device} /> },
            {
              label: 'Used in the cycle before',
              value: usage.data?.previousCycle ? bytes(usage.data.previousCycle.bytes) : '–',
            },
          ]}
        />
        <div className="heading-row">
          <Box variant="h3">Usage per day</Box>
          <SegmentedControl
            label="Days"
            selectedId={days}
            options={RANGES.map((id) => ({ id, text: `${id} days` }))}
            onChange={({ detail }) => setDays(RANGES.find((id) => id === detail.selectedId) ?? '30')}
          />
        </div>
        <Loaded of={usage} what="the usage">
          {(own) => <UsagePlot usage={own} from={from} days={Number(days)} />}
        </Loaded>
      </SpaceBetween>
    </Modal>
  );
}

function Cycle({ start, end }: { readonly start: string | null; readonly end: string | null }) {
  if (start === null || end === null) return <>–</>;
  return (
    <>
      <Time at={start} as="clock" /> to <Time at={end} as="clock" />
    </>
  );
}
