import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { DeadLetter } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { MoreButton } from '../../parts/more-button.tsx';
import { PageTitle } from '../../parts/page-title.tsx';
import { Time } from '../../parts/time.tsx';
import type { Fleet } from '../../state/fleet.ts';
import { useCanChange } from '../../state/use-api.ts';
import type { Paged } from '../../state/use-pages.ts';
import { IntegrationOf } from '../integrations/cells.tsx';
import type { LetterDialog } from './dead-letters-page.tsx';
import { LetterError } from './letter-error.tsx';

interface LettersTableProps {
  readonly letters: readonly DeadLetter[];
  readonly paged: Paged<unknown>;
  /** To call them by name; undefined before they are read. */
  readonly fleet: Fleet | undefined;
  readonly chosen: readonly DeadLetter[];
  readonly onChoose: (letters: readonly DeadLetter[]) => void;
  readonly onOpen: (dialog: LetterDialog) => void;
}

const SUBJECTS = { message: 'Sync', receipt: 'Receipt', malformed: 'Unreadable message' } as const;

export function LettersTable({ letters, paged, fleet, chosen, onChoose, onOpen }: LettersTableProps) {
  const canChange = useCanChange();
  const ofChosen = chosen.length > 0 ? `${chosen.length}/` : '';
  const title = (
    <PageTitle
      title="Dead letters"
      counter={`(${ofChosen}${letters.length}${paged.data?.more === true ? '+' : ''})`}
      description="What was given up on after its last try. Mend the cause, then redrive it."
      actions={canChange && <Actions none={letters.length === 0} chosen={chosen} onOpen={onOpen} />}
    />
  );
  return (
    <Table<DeadLetter>
      variant="full-page"
      header={title}
      items={letters}
      trackBy="id"
      cellVerticalAlign="top"
      wrapLines
      {...(canChange && { selectionType: 'multi' as const })}
      selectedItems={chosen}
      onSelectionChange={({ detail }) => onChoose(detail.selectedItems)}
      ariaLabels={{
        tableLabel: 'Dead letters',
        selectionGroupLabel: 'Dead letters',
        allItemsSelectionLabel: () => 'All that are shown',
        itemSelectionLabel: (_state, { reason, createdAt }) => `${reason}, ${createdAt}`,
      }}
      columnDefinitions={columns(fleet)}
      empty={<Empty title="No dead letters">Nothing was given up on.</Empty>}
      footer={<MoreButton of={paged} />}
    />
  );
}

interface ActionsProps {
  readonly none: boolean;
  readonly chosen: readonly DeadLetter[];
  readonly onOpen: (dialog: LetterDialog) => void;
}

function Actions({ none, chosen, onOpen }: ActionsProps) {
  const correctable = chosen.length === 1 && chosen[0]?.subject.type === 'receipt';
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button disabled={chosen.length === 0} onClick={() => onOpen('remove')}>
        Delete
      </Button>
      <Button disabled={!correctable} onClick={() => onOpen('correct')}>
        Correct and redrive
      </Button>
      <Button disabled={none} onClick={() => onOpen('redriveKind')}>
        Redrive a whole kind
      </Button>
      <Button variant="primary" disabled={chosen.length === 0} onClick={() => onOpen('redrive')}>
        Redrive
      </Button>
    </SpaceBetween>
  );
}

function columns(fleet: Fleet | undefined): readonly TableProps.ColumnDefinition<DeadLetter>[] {
  return [
    {
      id: 'about',
      header: 'Integration',
      cell: ({ integrationId, subject }) => (
        <>
          <IntegrationOf id={integrationId} fleet={fleet} />
          <Box variant="small" display="block">
            {SUBJECTS[subject.type]}
          </Box>
        </>
      ),
      isRowHeader: true,
      minWidth: 130,
    },
    {
      id: 'why',
      header: 'What happened',
      cell: (letter) => <LetterError letter={letter} />,
      minWidth: 170,
      width: '50%',
    },
    { id: 'attempts', header: 'Attempts', cell: ({ attempts }) => attempts, minWidth: 90 },
    { id: 'at', header: 'Given up', cell: ({ createdAt }) => <Time at={createdAt} />, minWidth: 140 },
  ];
}
