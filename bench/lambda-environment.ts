import { KIND_NAMES } from '../functions/model/kind-name.ts';

/** What a deployed function finds in its environment, with nothing of AWS behind it. */
export const LAMBDA_ENVIRONMENT = {
  STAGE: 'bench',
  TABLE_PREFIX: 'bench',
  QUEUE_URLS: JSON.stringify(
    Object.fromEntries(KIND_NAMES.map((kind) => [kind, `http://127.0.0.1:9/000000000000/bench-${kind}`])),
  ),
  ALLOWED_PRIVATE_CIDRS: '127.0.0.0/8',
  LOG_LEVEL: 'INFO',
  POWERTOOLS_SERVICE_NAME: 'bench',
  POWERTOOLS_METRICS_NAMESPACE: 'Driftless',
  AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
} as const;
