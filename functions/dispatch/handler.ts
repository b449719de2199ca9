import { lambdaRuntime } from '../runtime/lambda-runtime.ts';
import { createDispatchHandler } from './dispatch-handler.ts';

export const handler = createDispatchHandler(lambdaRuntime());
