import { type ApiClient, createApiClient, type Reply, RequestFailed } from './api-client.ts';
import { type Command, type Invocation, type RedriveSelection, readCommand } from './read-command.ts';
import { plain } from './table.ts';
import { USAGE, UsageError } from './usage.ts';
import {
  deadLettersView,
  eventsView,
  historyView,
  integrationsView,
  integrationView,
  overviewView,
  type RedriveAnswer,
  redriveView,
} from './views.ts';

export interface Terminal {
  /** The answer: one write a call, a line end is added. */
  out(text: string): void;
  /** What went wrong. */
  err(text: string): void;
}

const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** One command, from arguments to exit code. Never throws. */
export async function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<number> {
  let invocation: Invocation;
  try {
    invocation = readCommand(args, environment);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    terminal.err(`${error.message}\n\n${USAGE}`);
    return EXIT.usage;
  }
  const { command, json } = invocation;
  if (command.name === 'help') {
    terminal.out(USAGE);
    return EXIT.ok;
  }
  try {
    const show = (reply: Reply, view: (value: unknown) => string): void =>
      terminal.out(json ? reply.text : view(reply.value));
    return await answer(command, createApiClient(invocation), show);
  } catch (error) {
    if (json && error instanceof RequestFailed && error.answer !== undefined) terminal.out(error.answer);
    terminal.err(linesOf(error).map(plain).join('\n'));
    return EXIT.failed;
  }
}

/** JSON of another service, where a list was expected, shows only when it is looked at. */
function linesOf(error: unknown): readonly string[] {
  if (error instanceof RequestFailed) return error.message.split('\n');
  return [`The answer is not one of Driftless's API (${error instanceof Error ? error.message : error}).`];
}

type Show = (reply: Reply, view: (value: unknown) => string) => void;

async function answer(command: Exclude<Command, { name: 'help' }>, api: ApiClient, show: Show): Promise<number> {
  switch (command.name) {
    case 'list-integrations':
      show(await api.get('/api/integrations', command.query), integrationsView);
      break;
    case 'show':
      show(await api.get(pathOf(command.id)), integrationView);
      break;
    case 'sync':
      show(await api.send('POST', `${pathOf(command.id)}/sync`, {}), (value) => {
        const { runId } = value as { readonly runId: string };
        return `queued as run ${plain(runId)}; its outcome: history ${plain(command.id)}`;
      });
      break;
    case 'pause':
    case 'resume':
      show(
        await api.send('PATCH', `${pathOf(command.id)}/sync-settings`, { syncEnabled: command.name === 'resume' }),
        switched,
      );
      break;
    case 'history':
      show(await api.get(`${pathOf(command.id)}/sync-history`, command.query), historyView);
      break;
    case 'list-dead-letters':
      show(await api.get('/api/dead-letters', command.query), deadLettersView);
      break;
    case 'redrive':
      return redrive(command.selection, command.dryRun, api, show);
    case 'overview':
      show(await api.get('/api/overview'), overviewView);
      break;
    case 'events':
      show(await api.get('/api/events', command.query), eventsView);
      break;
  }
  return EXIT.ok;
}

const pathOf = (id: string): string => `/api/integrations/${encodeURIComponent(id)}`;

function switched(value: unknown): string {
  const { name, syncEnabled, nextSyncAt } = value as { name: string; syncEnabled: boolean; nextSyncAt: string | null };
  if (!syncEnabled) return `${plain(name)} is paused`;
  return `${plain(name)} is on${nextSyncAt === null ? ', by hand only' : `, next run ${plain(nextSyncAt)}`}`;
}

/** The API takes so many ids, or goes through so many letters of a kind, in one request. */
const A_REQUEST = 100;

/** All of them, request by request; one that cannot be put back stays and makes the exit code 1. */
async function redrive(selection: RedriveSelection, dryRun: boolean, api: ApiClient, show: Show): Promise<number> {
  const waiting = 'ids' in selection ? [...selection.ids] : [];
  let failed = 0;
  let cursor: string | null = null;
  do {
    const chosen: object =
      'ids' in selection ? { ids: waiting.splice(0, A_REQUEST) } : { ...selection, ...(cursor !== null && { cursor }) };
    const reply = await api.send('POST', '/api/dead-letters/redrive', { ...chosen, ...(dryRun && { dryRun }) });
    show(reply, (value) => redriveView(value as RedriveAnswer));
    const report = reply.value as RedriveAnswer;
    failed += report.failed.length;
    cursor = report.nextCursor;
  } while (waiting.length > 0 || cursor !== null);
  return failed === 0 ? EXIT.ok : EXIT.failed;
}
