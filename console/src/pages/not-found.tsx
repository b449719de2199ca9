import Link from '@cloudscape-design/components/link';
import { Empty } from '../parts/empty.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { addressOf } from '../state/route.ts';

export function NotFound() {
  return (
    <>
      <PageTitle title="Not found" />
      <Empty title="There is no such page" action={<Link href={addressOf('/')}>Go to the overview</Link>}>
        The address may be misspelt, or what it named was deleted.
      </Empty>
    </>
  );
}
