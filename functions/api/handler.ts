import { lambdaRuntime } from '../runtime/lambda-runtime.ts';
import { createApiHandler } from './api-handler.ts';

export const handler = createApiHandler(lambdaRuntime());
