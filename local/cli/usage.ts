/** Arguments that make no sense: the message, the help text and exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `npm run driftless -- <command> [options]

  integrations list [--kind K] [--status S] [--health H] [--q TEXT] [--limit N] [--cursor C]
  integrations show ID
  integrations sync ID        run it now, beside its schedule
  integrations pause ID       no more scheduled runs
  integrations resume ID      back on schedule; runs at once
  history ID [--status S] [--page N] [--limit N]
  dead-letters list [--limit N] [--cursor C]
  dead-letters redrive ID… [--dry-run]
  dead-letters redrive --kind K [--dry-run]
  overview
  events [--limit N] [--cursor C]

  --url URL       which deployment (default: DRIFTLESS_URL, else http://localhost:4680)
  --token TOKEN   a bearer token (better: DRIFTLESS_TOKEN, which no process list shows);
                  not needed for a local system
  --tenant T      tenant of a local system (default demo)
  --json          the API's answers, exactly as they came, one document per request
  --help          this text

Exit code: 0 done; 1 refused or failed, wholly or for some; 2 the command makes no sense.`;
