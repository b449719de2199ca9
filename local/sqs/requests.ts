import * as z from 'zod';

/** The requests of the SQS JSON protocol, as far as this SQS knows them. Unknown fields are dropped. */

const attributes = z.record(z.string(), z.string());
const messageAttributes = z.record(
  z.string(),
  z.object({ DataType: z.string(), StringValue: z.string().optional(), BinaryValue: z.string().optional() }),
);
const names = z.array(z.string());
const ofQueue = z.object({ QueueUrl: z.string() });
const message = z.object({
  MessageBody: z.string(),
  DelaySeconds: z.number().optional(),
  MessageAttributes: messageAttributes.optional(),
  MessageSystemAttributes: messageAttributes.optional(),
  MessageGroupId: z.string().optional(),
  MessageDeduplicationId: z.string().optional(),
});
const receipt = z.object({ ReceiptHandle: z.string() });
const visibility = receipt.extend({ VisibilityTimeout: z.number() });
const batchOf = <Entry extends z.ZodRawShape>(entry: z.ZodObject<Entry>) =>
  ofQueue.extend({ Entries: z.array(entry.extend({ Id: z.string() })) });

export const requests = {
  CreateQueue: z.object({ QueueName: z.string(), Attributes: attributes.optional(), tags: attributes.optional() }),
  GetQueueUrl: z.object({ QueueName: z.string() }),
  ListQueues: z.object({
    QueueNamePrefix: z.string().optional(),
    MaxResults: z.number().optional(),
    NextToken: z.string().optional(),
  }),
  DeleteQueue: ofQueue,
  GetQueueAttributes: ofQueue.extend({ AttributeNames: names.optional() }),
  SetQueueAttributes: ofQueue.extend({ Attributes: attributes }),
  PurgeQueue: ofQueue,
  TagQueue: ofQueue.extend({ Tags: attributes }),
  UntagQueue: ofQueue.extend({ TagKeys: names }),
  ListQueueTags: ofQueue,
  ListDeadLetterSourceQueues: ofQueue,
  SendMessage: ofQueue.extend(message.shape),
  SendMessageBatch: batchOf(message),
  ReceiveMessage: ofQueue.extend({
    MaxNumberOfMessages: z.number().optional(),
    VisibilityTimeout: z.number().optional(),
    WaitTimeSeconds: z.number().optional(),
    AttributeNames: names.optional(),
    MessageSystemAttributeNames: names.optional(),
    MessageAttributeNames: names.optional(),
  }),
  DeleteMessage: ofQueue.extend(receipt.shape),
  DeleteMessageBatch: batchOf(receipt),
  ChangeMessageVisibility: ofQueue.extend(visibility.shape),
  ChangeMessageVisibilityBatch: batchOf(visibility),
  StartMessageMoveTask: z.object({
    SourceArn: z.string(),
    DestinationArn: z.string().optional(),
    MaxNumberOfMessagesPerSecond: z.number().optional(),
  }),
  ListMessageMoveTasks: z.object({ SourceArn: z.string(), MaxResults: z.number().optional() }),
  CancelMessageMoveTask: z.object({ TaskHandle: z.string() }),
} as const;

export type OperationName = keyof typeof requests;
export type SqsRequest<Name extends OperationName> = z.infer<(typeof requests)[Name]>;
export type MessageRequest = z.infer<typeof message>;
