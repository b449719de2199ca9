import { useState } from 'react';
import type { Catalog } from '../../api/catalog.ts';
import type { KindName } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { PageTitle } from '../../parts/page-title.tsx';
import { useCanChange, useCatalog } from '../../state/use-api.ts';
import { CreateWizard } from './create-wizard.tsx';

export function CreatePage() {
  const catalog = useCatalog();
  if (!useCanChange()) {
    return (
      <>
        <PageTitle title="Create integration" />
        <Empty title="This needs the role operator">Yours is viewer: it reads only.</Empty>
      </>
    );
  }
  return (
    <Loaded of={catalog} what="what can be integrated">
      {(data) => <Chosen catalog={data} />}
    </Loaded>
  );
}

function Chosen({ catalog }: { readonly catalog: Catalog }) {
  const [choice, setChoice] = useState<{ readonly kind: KindName; readonly provider: string }>();
  const kind = catalog.find((entry) => entry.kind === choice?.kind) ?? catalog[0];
  const provider = kind?.providers.find((entry) => entry.provider === choice?.provider) ?? kind?.providers[0];
  if (kind === undefined || provider === undefined) {
    return <Empty title="Nothing can be integrated">This deployment has no kinds of integrations.</Empty>;
  }
  return (
    <CreateWizard
      catalog={catalog}
      kind={kind}
      provider={provider}
      onChoose={(name, chosen) => setChoice({ kind: name, provider: chosen })}
    />
  );
}
