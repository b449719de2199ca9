import { createHash } from 'node:crypto';
import { invalidParameter, missingParameter, SqsError } from './sqs-error.ts';

/** A message attribute as it goes over the wire: binary values are base64 text. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: string | undefined;
}
export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** What never changes about a message, from sending to deletion, also when it moves to a dead-letter queue. */
export interface MessageContent {
  readonly body: string;
  readonly bodyMd5: string;
  readonly attributes?: MessageAttributes | undefined;
  /** AWSTraceHeader is the only one that SQS knows. */
  readonly traceHeader?: string | undefined;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
}

/** A message in a queue. Times are epoch milliseconds. */
export interface Message {
  readonly id: string;
  readonly content: MessageContent;
  readonly sentAt: number;
  /** Position in its queue: a FIFO queue's SequenceNumber. */
  readonly sequence: number;
  /** As ApproximateReceiveCount shows it; goes on in a dead-letter queue and starts again when the message is moved out of it. */
  receiveCount: number;
  /** Receives in earlier queues: they don't count for this queue's redrive policy. */
  readonly receivedElsewhere: number;
  firstReceivedAt: number | undefined;
  /** Of the latest receive: an older handle no longer works. */
  receiptHandle: string | undefined;
  /** The ARN of the queue that gave up on it. */
  deadLetterSource: string | undefined;
  /** Where it is; kept by the queue. */
  place: 'new' | 'ready' | 'delayed' | 'inFlight' | 'gone';
  /** When it becomes visible, while it is delayed or in flight. */
  visibleAt: number;
  /** Its index among the hidden messages; kept by them. */
  hiddenIndex: number;
}

export const MAXIMUM_MESSAGE_BYTES = 1_048_576;

// What XML 1.0 allows, which is what SQS allows; a lone surrogate is not allowed.
const FORBIDDEN_CHARACTER = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const ATTRIBUTE_NAME = /^(?!(?:AWS|Amazon)\.)(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/i;
const DATA_TYPE = /^(String|Number|Binary)(\..+)?$/;
const GROUP_OR_DEDUPLICATION_ID = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;

/** The bytes that count against the size limits: the body, and name, type and value of every attribute. */
export function sizeOf(body: string, attributes: MessageAttributes = {}): number {
  return Object.entries(attributes).reduce(
    (bytes, [name, { DataType, StringValue, BinaryValue }]) =>
      bytes +
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType) +
      (BinaryValue === undefined ? Buffer.byteLength(StringValue ?? '') : Buffer.byteLength(BinaryValue, 'base64')),
    Buffer.byteLength(body),
  );
}

/** Throws what SQS would refuse in a body or its attributes, whatever the queue. */
export function checkContent(body: string, attributes: MessageAttributes = {}): void {
  if (body === '') throw missingParameter('MessageBody');
  if (FORBIDDEN_CHARACTER.test(body)) {
    throw new SqsError('InvalidMessageContents', 'Invalid characters were found in the message body.');
  }
  const entries = Object.entries(attributes);
  if (entries.length > 10) throw invalidParameter('MessageAttributes', 'A message can have 10 attributes at most');
  for (const [name, { DataType, StringValue, BinaryValue }] of entries) {
    if (!ATTRIBUTE_NAME.test(name)) throw invalidParameter('MessageAttributes', `The name '${name}' is not allowed`);
    const type = DATA_TYPE.exec(DataType)?.[1];
    if (type === undefined) throw invalidParameter('MessageAttributes', `The type of '${name}' is unknown`);
    const value = type === 'Binary' ? BinaryValue : StringValue;
    if (!value) throw invalidParameter('MessageAttributes', `'${name}' needs a non-empty value of type ${type}`);
    if (FORBIDDEN_CHARACTER.test(value)) {
      throw invalidParameter('MessageAttributes', `'${name}' has characters that are not allowed`);
    }
    if (type === 'Number' && !Number.isFinite(Number(value))) {
      throw invalidParameter('MessageAttributes', `'${name}' is not a number`);
    }
  }
}

export function checkGroupOrDeduplicationId(name: string, value: string | undefined): void {
  if (value !== undefined && !GROUP_OR_DEDUPLICATION_ID.test(value)) {
    throw invalidParameter(name, 'It can have 1 to 128 letters, digits and punctuation');
  }
}

export function md5(data: string | Buffer): string {
  return createHash('md5').update(data).digest('hex');
}

/** MD5 over the attributes in the order of their names, each part with its length before it. Undefined when there are none. */
export function attributesMd5(attributes: MessageAttributes = {}): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const part = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const attribute = attributes[name];
    if (attribute === undefined) continue;
    part(Buffer.from(name));
    part(Buffer.from(attribute.DataType));
    const isBinary = attribute.BinaryValue !== undefined;
    hash.update(Buffer.from([isBinary ? 2 : 1]));
    part(isBinary ? Buffer.from(attribute.BinaryValue, 'base64') : Buffer.from(attribute.StringValue ?? ''));
  }
  return hash.digest('hex');
}
