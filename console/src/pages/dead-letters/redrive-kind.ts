import type { Client } from '../../api/client.ts';
import type { KindName, RedriveReport } from '../../api/types.ts';

/** What became, or on a dry run would become, of the dead letters of a kind, so far. */
export interface KindRedrive {
  readonly count: number;
  readonly failed: RedriveReport['failed'];
}

/** Walks through all dead letters of a kind, newest first, a hundred a request; those that come meanwhile are left. */
export async function redriveKind(
  kind: KindName,
  dryRun: boolean,
  client: Pick<Client, 'redriveKind'>,
  onProgress: (soFar: KindRedrive) => void = () => undefined,
): Promise<KindRedrive> {
  let soFar: KindRedrive = { count: 0, failed: [] };
  let cursor: string | undefined;
  do {
    const page = await client.redriveKind(kind, dryRun, cursor);
    soFar = { count: soFar.count + page.count, failed: [...soFar.failed, ...page.failed] };
    onProgress(soFar);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return soFar;
}
