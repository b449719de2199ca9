import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import { isRecord } from '../../parts/schema-form/field-props.ts';

interface FoundField {
  readonly name: string;
  readonly path: string;
  readonly dataType: string;
}

interface FoundFieldsProps {
  /** Of the test's answer. */
  readonly detail: unknown;
  readonly config: Readonly<Record<string, unknown>>;
  readonly onFields: (fields: readonly object[] | undefined) => void;
}

const STORABLE: readonly string[] = ['string', 'number', 'boolean', 'date'];

/** The fields a source was found to have; those that are ticked are stored. */
export function FoundFields({ detail, config, onFields }: FoundFieldsProps) {
  const found = foundIn(detail);
  if (found.length === 0) return null;
  const chosen: readonly unknown[] = Array.isArray(config.fields) ? config.fields : [];
  const isChosen = ({ path }: FoundField): boolean => chosen.some((field) => isRecord(field) && field.path === path);
  const choose = (selected: readonly FoundField[]): void => {
    const kept = chosen.filter((field) => isRecord(field) && selected.some(({ path }) => path === field.path));
    const added = selected
      .filter((field) => !isChosen(field))
      .map(({ name, path, dataType }) => ({ name, path, dataType }));
    const fields = [...kept, ...added] as readonly object[];
    onFields(fields.length === 0 ? undefined : fields);
  };
  return (
    <Table
      variant="embedded"
      header={
        <Header variant="h3" description="Tick what is to be stored. None: all simple values.">
          Fields of the source
        </Header>
      }
      items={found}
      trackBy="path"
      selectionType="multi"
      selectedItems={found.filter(isChosen)}
      onSelectionChange={({ detail: { selectedItems } }) => choose(selectedItems)}
      isItemDisabled={({ dataType }) => !STORABLE.includes(dataType)}
      ariaLabels={{
        tableLabel: 'Fields of the source',
        selectionGroupLabel: 'Fields to store',
        allItemsSelectionLabel: () => 'All fields',
        itemSelectionLabel: (_state, { name }) => name,
      }}
      columnDefinitions={[
        { id: 'name', header: 'Name', cell: ({ name }) => name, isRowHeader: true },
        { id: 'path', header: 'Path', cell: ({ path }) => path },
        { id: 'type', header: 'Type', cell: ({ dataType }) => dataType },
      ]}
    />
  );
}

function foundIn(detail: unknown): readonly FoundField[] {
  const fields = isRecord(detail) && Array.isArray(detail.fields) ? detail.fields : [];
  return fields.flatMap((field) =>
    isRecord(field) ? [{ name: String(field.name), path: String(field.path), dataType: String(field.dataType) }] : [],
  );
}
