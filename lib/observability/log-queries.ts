/**
 * Saved Logs Insights queries, for what metrics cannot answer: one integration, one run, one tenant. The field names are
 * those of the one line a worker writes per run (functions/execute/measure-run.ts).
 */
export interface LogQuery {
  readonly name: string;
  readonly fields: readonly string[];
  readonly filters: readonly string[];
  readonly stats?: string;
  readonly sort?: string;
  readonly limit?: number;
}

const RUN = 'ispresent(run) and ispresent(status)';

export const logQueries: readonly LogQuery[] = [
  {
    name: 'Runs of one integration',
    fields: ['@timestamp', 'run', 'status', 'trigger', 'slot', 'latenessMs', 'durationMs', 'calls', 'message'],
    filters: [RUN, "integrationId = 'PUT-THE-ID-HERE'"],
    sort: '@timestamp desc',
    limit: 200,
  },
  {
    name: 'Everything about one integration',
    fields: ['@timestamp', 'level', 'message'],
    filters: ["integrationId = 'PUT-THE-ID-HERE'"],
    sort: '@timestamp desc',
    limit: 500,
  },
  {
    name: 'Integrations that fail most',
    fields: ['tenantId', 'integrationId'],
    filters: [RUN, "status = 'FAILED'"],
    stats: 'count(*) as failures, latest(message) as said by tenantId, integrationId, provider',
    sort: 'failures desc',
    limit: 50,
  },
  {
    name: 'Registers in trouble',
    fields: ['tenantId', 'integrationId'],
    filters: [RUN, "kind = 'receipts'", "status in ['FAILED', 'PARTIAL', 'DEFERRED']"],
    stats: 'count(*) as runs, latest(status) as now, latest(message) as said by tenantId, integrationId, provider',
    sort: 'runs desc',
    limit: 50,
  },
  {
    name: 'Outcomes by provider',
    fields: ['provider', 'status'],
    filters: [RUN],
    stats: 'count(*) as runs by kind, provider, status',
    sort: 'runs desc',
  },
  {
    name: 'Slowest runs',
    fields: ['@timestamp', 'tenantId', 'integrationId', 'provider', 'durationMs', 'calls'],
    filters: [RUN],
    sort: 'durationMs desc',
    limit: 50,
  },
  {
    name: 'Latest starts',
    fields: ['@timestamp', 'tenantId', 'integrationId', 'kind', 'latenessMs', 'slot'],
    filters: [RUN, 'ispresent(latenessMs)'],
    sort: 'latenessMs desc',
    limit: 50,
  },
  {
    name: 'Put off',
    fields: ['@timestamp', 'tenantId', 'integrationId', 'provider', 'message'],
    filters: [RUN, "status = 'DEFERRED'"],
    sort: '@timestamp desc',
    limit: 200,
  },
  {
    name: 'Runs of one tenant',
    fields: ['@timestamp', 'integrationId', 'run', 'status', 'durationMs', 'message'],
    filters: [RUN, "tenantId = 'PUT-THE-TENANT-HERE'"],
    sort: '@timestamp desc',
    limit: 500,
  },
  {
    name: 'Warnings and errors',
    fields: ['@timestamp', 'level', '@log', 'tenantId', 'integrationId', 'message', 'error.message'],
    filters: ["level in ['WARN', 'ERROR', 'CRITICAL']"],
    sort: '@timestamp desc',
    limit: 200,
  },
];
