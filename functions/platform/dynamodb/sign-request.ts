import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A POST to `/` without a query, as the JSON services of AWS take it. */
export interface RequestToSign {
  /** Lower-case names; all of them are signed. `host` and `x-amz-date` must be among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Scope {
  readonly region: string;
  readonly service: string;
}

/** The value of the header `authorization`: AWS Signature Version 4. */
export function authorizationOf(request: RequestToSign, credentials: AwsCredentials, scope: Scope): string {
  const { headers, body } = request;
  const at = headers['x-amz-date'] ?? '';
  const day = at.slice(0, 8);
  const names = Object.keys(headers).sort();
  const signed = names.join(';');
  const lines = names.map((name) => `${name}:${headers[name]?.trim().replace(/\s+/g, ' ')}\n`).join('');
  const canonical = `POST\n/\n\n${lines}\n${signed}\n${sha256(body)}`;
  const place = `${day}/${scope.region}/${scope.service}/aws4_request`;
  const toSign = `AWS4-HMAC-SHA256\n${at}\n${place}\n${sha256(canonical)}`;
  const signature = createHmac('sha256', signingKey(day, credentials, scope))
    .update(toSign)
    .digest('hex');
  return `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${place}, SignedHeaders=${signed}, Signature=${signature}`;
}

/** `20261122T101500Z` */
export const amzDate = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');

const sha256 = (text: string): string => hash('sha256', text, 'hex');

interface KnownKey {
  readonly name: string;
  readonly key: KeyObject;
}

/** It holds for a day; a worker signs thousands of requests with it. */
let lastKey: KnownKey | undefined;

function signingKey(
  day: string,
  { accessKeyId, secretAccessKey }: AwsCredentials,
  { region, service }: Scope,
): KeyObject {
  const name = `${day} ${region} ${service} ${accessKeyId} ${secretAccessKey}`;
  if (lastKey?.name === name) return lastKey.key;
  const bytes = [day, region, service, 'aws4_request'].reduce(
    (previous, part) => createHmac('sha256', previous).update(part).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  const key = createSecretKey(bytes);
  lastKey = { name, key };
  return key;
}
