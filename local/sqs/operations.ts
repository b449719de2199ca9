import { runBatch } from './batch.ts';
import type { SqsEngine } from './engine.ts';
import { attributesMd5, MAXIMUM_MESSAGE_BYTES, sizeOf } from './message.ts';
import type { Queue } from './queue.ts';
import { receivedMessage, sequenceNumber } from './received-message.ts';
import type { MessageRequest, OperationName, SqsRequest } from './requests.ts';
import type { SendEntry } from './sending.ts';
import { integerParameter, invalidParameter, SqsError } from './sqs-error.ts';

export interface RequestContext {
  readonly engine: SqsEngine;
  /** Where the request went to, e.g. `http://127.0.0.1:4567`: queue URLs begin with it. */
  readonly baseUrl: string;
  readonly signal?: AbortSignal | undefined;
}

type Operations = {
  readonly [Name in OperationName]: (request: SqsRequest<Name>, context: RequestContext) => object | Promise<object>;
};

const NOTHING = {};

/** What each request does with the engine, and its answer in the words of the API. */
export const operations: Operations = {
  CreateQueue: ({ QueueName, Attributes, tags }, context) => ({
    QueueUrl: urlOf(context.engine.queues.create(QueueName, Attributes, tags), context),
  }),
  GetQueueUrl: ({ QueueName }, context) => ({ QueueUrl: urlOf(context.engine.queues.get(QueueName), context) }),
  ListQueues: ({ QueueNamePrefix = '', MaxResults, NextToken = '' }, context) => {
    const limit = integerParameter('MaxResults', MaxResults, [1, 1000], 1000);
    const found = context.engine.queues
      .all()
      .filter(({ name }) => name.startsWith(QueueNamePrefix) && name > NextToken)
      .sort((one, other) => (one.name < other.name ? -1 : 1));
    const page = found.slice(0, limit);
    return {
      QueueUrls: page.map((queue) => urlOf(queue, context)),
      NextToken: found.length > limit ? page.at(-1)?.name : undefined,
    };
  },
  DeleteQueue: (request, context) => {
    context.engine.deleteQueue(queueOf(request, context));
    return NOTHING;
  },
  GetQueueAttributes: (request, context) => ({
    Attributes: attributesOf(context.engine, queueOf(request, context), request.AttributeNames ?? []),
  }),
  SetQueueAttributes: (request, context) => {
    context.engine.configure(queueOf(request, context), request.Attributes);
    return NOTHING;
  },
  PurgeQueue: (request, context) => {
    context.engine.purge(queueOf(request, context));
    return NOTHING;
  },
  TagQueue: (request, context) => {
    const queue = queueOf(request, context);
    context.engine.queues.tag(queue, { ...queue.tags, ...request.Tags });
    return NOTHING;
  },
  UntagQueue: (request, context) => {
    const queue = queueOf(request, context);
    const left = Object.entries(queue.tags).filter(([key]) => !request.TagKeys.includes(key));
    context.engine.queues.tag(queue, Object.fromEntries(left));
    return NOTHING;
  },
  ListQueueTags: (request, context) => ({ Tags: queueOf(request, context).tags }),
  ListDeadLetterSourceQueues: (request, context) => ({
    queueUrls: context.engine.queues.sourcesOf(queueOf(request, context)).map((queue) => urlOf(queue, context)),
  }),

  SendMessage: (request, context) => send(context.engine, queueOf(request, context), request),
  SendMessageBatch: (request, context) => {
    const queue = queueOf(request, context);
    const bytes = request.Entries.reduce((sum, entry) => sum + sizeOf(entry.MessageBody, entry.MessageAttributes), 0);
    if (bytes > MAXIMUM_MESSAGE_BYTES) {
      throw new SqsError(
        'BatchRequestTooLong',
        `All messages together can have ${MAXIMUM_MESSAGE_BYTES} bytes at most.`,
      );
    }
    return runBatch(request.Entries, (entry) => send(context.engine, queue, entry));
  },
  ReceiveMessage: async (request, context) => {
    const queue = queueOf(request, context);
    const messages = await context.engine.receive(queue, {
      maximum: request.MaxNumberOfMessages,
      visibilitySeconds: request.VisibilityTimeout,
      waitSeconds: request.WaitTimeSeconds,
      signal: context.signal,
    });
    return messages.length === 0 ? NOTHING : { Messages: messages.map((one) => receivedMessage(queue, one, request)) };
  },
  DeleteMessage: (request, context) => {
    context.engine.delete(queueOf(request, context), request.ReceiptHandle);
    return NOTHING;
  },
  DeleteMessageBatch: (request, context) => {
    const queue = queueOf(request, context);
    return runBatch(request.Entries, ({ ReceiptHandle }) => {
      context.engine.delete(queue, ReceiptHandle);
      return NOTHING;
    });
  },
  ChangeMessageVisibility: (request, context) => {
    context.engine.changeVisibility(queueOf(request, context), request.ReceiptHandle, request.VisibilityTimeout);
    return NOTHING;
  },
  ChangeMessageVisibilityBatch: (request, context) => {
    const queue = queueOf(request, context);
    return runBatch(request.Entries, ({ ReceiptHandle, VisibilityTimeout }) => {
      context.engine.changeVisibility(queue, ReceiptHandle, VisibilityTimeout);
      return NOTHING;
    });
  },

  StartMessageMoveTask: ({ SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond }, { engine }) => ({
    TaskHandle: engine.moves.start(SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond).handle,
  }),
  ListMessageMoveTasks: ({ SourceArn, MaxResults }, { engine }) => ({
    Results: engine.moves.list(SourceArn, MaxResults).map((task) => ({
      // Only a running task shows its handle, and none is ever seen running.
      Status: task.status,
      SourceArn: task.sourceArn,
      DestinationArn: task.destinationArn,
      MaxNumberOfMessagesPerSecond: task.perSecond,
      ApproximateNumberOfMessagesMoved: task.moved,
      ApproximateNumberOfMessagesToMove: task.toMove,
      FailureReason: task.failureReason,
      StartedTimestamp: task.startedAt,
    })),
  }),
  CancelMessageMoveTask: ({ TaskHandle }, { engine }) => engine.moves.cancel(TaskHandle),
};

function queueOf({ QueueUrl }: { readonly QueueUrl: string }, { engine }: RequestContext): Queue {
  return engine.queues.get(QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1));
}

function urlOf({ name }: Queue, { engine, baseUrl }: RequestContext): string {
  return `${baseUrl}/${engine.queues.accountId}/${name}`;
}

function send(engine: SqsEngine, queue: Queue, request: MessageRequest): object {
  const system = request.MessageSystemAttributes ?? {};
  if (Object.keys(system).some((name) => name !== 'AWSTraceHeader')) {
    throw invalidParameter('MessageSystemAttributes', 'AWSTraceHeader is the only one');
  }
  const entry: SendEntry = {
    body: request.MessageBody,
    delaySeconds: request.DelaySeconds,
    attributes: request.MessageAttributes,
    traceHeader: system.AWSTraceHeader?.StringValue,
    groupId: request.MessageGroupId,
    deduplicationId: request.MessageDeduplicationId,
  };
  const sent = engine.send(queue, entry);
  return {
    MessageId: sent.id,
    MD5OfMessageBody: sent.bodyMd5,
    MD5OfMessageAttributes: attributesMd5(request.MessageAttributes),
    MD5OfMessageSystemAttributes: attributesMd5(request.MessageSystemAttributes),
    SequenceNumber: sent.sequence === undefined ? undefined : sequenceNumber(sent.sequence),
  };
}

function attributesOf(engine: SqsEngine, queue: Queue, wanted: readonly string[]): Record<string, string> {
  const { ready, delayed, inFlight } = engine.counts(queue);
  const all: Record<string, string> = {
    ...queue.attributes,
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(ready),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedAt / 1000)),
  };
  if (wanted.includes('All')) return all;
  return Object.fromEntries(wanted.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])));
}
