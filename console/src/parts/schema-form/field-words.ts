import { humanized } from '../format.ts';

/** Configuration fields in words. One that is not here is called by its name, with what its schema says of it. */
interface FieldWords {
  readonly label: string;
  readonly hint?: string;
  readonly placeholder?: string;
}

const WORDS: Readonly<Record<string, FieldWords>> = {
  requestsPerMinute: {
    label: 'Requests per minute',
    hint: 'Shared by all integrations with the same credentials. Empty: the provider’s documented limit.',
  },
  pageSize: { label: 'Page size', hint: 'How many are asked for at once.' },
  timeoutSeconds: { label: 'Timeout', hint: 'Of one request, in seconds.' },
  authBaseUrl: {
    label: 'Token address',
    hint: 'Where tokens are asked for, if not at the documented place.',
    placeholder: 'https://…',
  },
  bytesPerMb: { label: 'Bytes in a megabyte', hint: '1,000,000 as most carriers count; 1,048,576 for some.' },
  billingCycleDay: { label: 'First day of the billing cycle', hint: 'Day of the month, 1 to 28.' },
  networkStatus: { label: 'Read the network status', hint: 'One more call for each SIM.' },
  usageSource: {
    label: 'Usage from',
    hint: 'The device listing takes the fewest calls; usage records are exact to the record.',
  },
  coverage: { label: 'Coverage', hint: 'Japan or global.' },
  lookbackSeconds: {
    label: 'Look back',
    hint: 'Seconds before the last row that are read again, for rows that are stored late.',
  },
  retentionDays: { label: 'Keep data', hint: 'Days.' },
  types: { label: 'Stats', hint: 'Names of the stats that are read, three at most.' },
  url: { label: 'Address', hint: 'Absolute, or a path on the base address.', placeholder: '/v1/observations' },
  method: { label: 'Method' },
  headers: { label: 'Headers', hint: 'What is not secret: keys belong to the credentials.' },
  body: { label: 'Body', hint: 'Sent with POST: text or JSON.' },
  auth: { label: 'Authentication', hint: 'Which of the credentials is sent, and how.' },
  authHeader: { label: 'Key header', hint: 'Header that carries the API key.', placeholder: 'X-API-Key' },
  itemsPath: {
    label: 'Path of the rows',
    hint: 'Empty: the usual places are looked at. Testing the connection shows what was found.',
    placeholder: 'data.items',
  },
  pagination: { label: 'Pages', hint: 'How the next page is asked for.' },
  'pagination.type': { label: 'By' },
  'pagination.param': { label: 'Parameter', hint: 'That carries the page number or the cursor.', placeholder: 'page' },
  'pagination.path': { label: 'Path of the next cursor', placeholder: 'meta.next' },
  'pagination.pageSizeParam': { label: 'Page size parameter', placeholder: 'per_page' },
  'pagination.pageSize': { label: 'Page size' },
  fields: { label: 'Fields', hint: 'What is stored of each row. None: all simple values, to depth 3.' },
  'fields.name': { label: 'Name' },
  'fields.path': { label: 'Path' },
  'fields.dataType': { label: 'Type' },
  incremental: {
    label: 'Only what is new',
    hint: 'The largest value at the path is sent as the parameter the next time.',
  },
  'incremental.param': { label: 'Parameter', placeholder: 'since' },
  'incremental.path': { label: 'Path in a row', placeholder: 'updatedAt' },
  query: { label: 'Query', hint: 'GraphQL.' },
  variables: { label: 'Variables', hint: 'JSON. The cursor or page is added.' },
  operationName: { label: 'Operation name' },
  statusPath: {
    label: 'Status path',
    hint: 'Where a receipt can be asked about; {key} stands for its idempotency key, else it is added at the end.',
    placeholder: '/ofd/v1/receipt/{key}',
  },
  heartbeatUrl: {
    label: 'Heartbeat address',
    hint: 'Told every 30 seconds that the register is alive, while receipts wait.',
  },
  inn: { label: 'INN', hint: 'Of the company: 10 or 12 digits.' },
  sno: { label: 'Tax system' },
  payment_address: { label: 'Payment address', hint: 'Where the sale takes place: an address or a site.' },
  company_email: { label: 'Company e-mail' },
  callbackUrl: { label: 'Callback address', hint: 'Passed on to the operator. Driftless needs none.' },
};

export function fieldWords(path: readonly string[], description: string | undefined): FieldWords {
  const name = path.at(-1) ?? '';
  const known =
    WORDS[path.filter((part) => !/^\d+$/.test(part)).join('.')] ?? (path.length === 1 ? WORDS[name] : undefined);
  return known ?? { label: humanized(name), ...(description !== undefined && { hint: description }) };
}
