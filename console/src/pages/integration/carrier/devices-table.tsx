import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useState } from 'react';
import type { ClaimedSim, Device } from '../../../api/kind-types.ts';
import type { Integration } from '../../../api/types.ts';
import { Empty } from '../../../parts/empty.tsx';
import { count, plural } from '../../../parts/format.ts';
import { MoreButton } from '../../../parts/more-button.tsx';
import { useCanChange } from '../../../state/use-api.ts';
import type { Paged } from '../../../state/use-pages.ts';
import { shareOf, useAllowance } from './allowance.ts';
import { AllowanceDialog } from './allowance-dialog.tsx';
import { ClaimDialog } from './claim-dialog.tsx';
import { claimFormOf } from './claim-fields.ts';
import { Freshness, NetworkIndicator, SimIndicator } from './device-status.tsx';
import { LinkDialog } from './link-dialog.tsx';
import { UsageBar } from './usage-bar.tsx';

interface DevicesTableProps {
  readonly integration: Integration;
  readonly devices: readonly Device[];
  readonly paged: Paged<unknown>;
  readonly onShow: (device: Device) => void;
}

const PAGE_SIZE = 20;

export function DevicesTable({ integration, devices, paged, onShow }: DevicesTableProps) {
  const canChange = useCanChange();
  const [allowance] = useAllowance(integration.id);
  const [dialog, setDialog] = useState<'link' | 'claim' | 'allowance' | null>(null);
  const [claimed, setClaimed] = useState<ClaimedSim>();
  const [claimable, setClaimable] = useState(claimFormOf(integration.provider) !== null);
  const close = (): void => {
    setDialog(null);
    setClaimed(undefined);
  };
  const { items, filterProps, filteredItemsCount, paginationProps, collectionProps, actions } = useCollection(devices, {
    filtering: {
      filteringFunction: ({ deviceId, carrierDeviceId, name, iccid, lastError }, text) =>
        [deviceId, carrierDeviceId, name, iccid, lastError].join('\n').toLowerCase().includes(text.toLowerCase()),
      noMatch: <Empty title="No such device">Look for its name, id or ICCID.</Empty>,
      empty: (
        <Empty
          title="No devices are linked"
          action={canChange && <Button onClick={() => setDialog('link')}>Link a device</Button>}
        >
          Usage is read of the devices that are linked to a SIM of this account.
        </Empty>
      ),
    },
    pagination: { pageSize: PAGE_SIZE },
    sorting: {},
  });
  const stale = devices.filter((device) => device.stale).length;
  const told = devices.some(({ dataLimitBytes }) => typeof dataLimitBytes === 'number');
  const more = paged.data?.more === true ? '+' : '';
  return (
    <>
      <Table
        {...collectionProps}
        header={
          <Header
            variant="h2"
            counter={`(${count(devices.length)}${more})`}
            description={stale === 0 ? undefined : `${plural(stale, 'device')} could not be read by the last run.`}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                {!told && <Button onClick={() => setDialog('allowance')}>Compare with a plan</Button>}
                {canChange && claimable && <Button onClick={() => setDialog('claim')}>Claim a SIM</Button>}
                {canChange && <Button onClick={() => setDialog('link')}>Link a device</Button>}
              </SpaceBetween>
            }
          >
            Devices
          </Header>
        }
        filter={
          <TextFilter
            {...filterProps}
            filteringPlaceholder="Find by name, id or ICCID"
            filteringAriaLabel="Find devices"
            countText={plural(filteredItemsCount ?? 0, 'match', 'matches')}
          />
        }
        pagination={<Pagination {...paginationProps} />}
        items={items}
        trackBy="deviceId"
        wrapLines
        ariaLabels={{ tableLabel: 'Devices' }}
        columnDefinitions={columns(allowance, onShow)}
        footer={<MoreButton of={paged} />}
      />
      {dialog === 'link' && (
        <LinkDialog
          integration={integration}
          claimed={claimed}
          onClose={close}
          onLinked={(deviceId) => {
            actions.setFiltering(deviceId);
            void paged.refresh();
          }}
        />
      )}
      {dialog === 'claim' && (
        <ClaimDialog
          integration={integration}
          onClose={close}
          onClaimed={(sim) => {
            setClaimed(sim);
            setDialog('link');
          }}
          onUnsupported={() => setClaimable(false)}
        />
      )}
      {dialog === 'allowance' && <AllowanceDialog integration={integration} onClose={close} />}
    </>
  );
}

function columns(
  allowance: number | null,
  onShow: (device: Device) => void,
): readonly TableProps.ColumnDefinition<Device>[] {
  return [
    {
      id: 'device',
      header: 'Device',
      sortingComparator: (a, b) => a.deviceId.localeCompare(b.deviceId, 'en', { numeric: true }),
      isRowHeader: true,
      minWidth: 150,
      cell: (device) => (
        <>
          <Button variant="inline-link" onClick={() => onShow(device)}>
            {device.name ?? device.deviceId}
          </Button>
          <Box variant="small" display="block">
            {device.deviceId}
          </Box>
        </>
      ),
    },
    {
      id: 'usage',
      header: 'Used in this cycle',
      sortingComparator: (a, b) => (a.dataUsedBytes ?? -1) - (b.dataUsedBytes ?? -1),
      minWidth: 180,
      cell: (device) => <UsageBar usage={shareOf(device, allowance)} />,
    },
    {
      id: 'sim',
      header: 'SIM',
      sortingField: 'simStatus',
      minWidth: 115,
      cell: ({ simStatus }) => <SimIndicator status={simStatus} />,
    },
    {
      id: 'network',
      header: 'Network',
      sortingField: 'networkStatus',
      minWidth: 160,
      cell: ({ networkStatus }) => <NetworkIndicator status={networkStatus} />,
    },
    { id: 'iccid', header: 'ICCID', minWidth: 190, cell: ({ iccid }) => iccid ?? '–' },
    {
      id: 'read',
      header: 'Read',
      sortingField: 'dataUsedUpdatedAt',
      minWidth: 140,
      cell: (device) => <Freshness device={device} />,
    },
  ];
}
