import { lambdaRuntime } from '../runtime/lambda-runtime.ts';
import { createExecuteHandler } from './execute-handler.ts';

export const handler = createExecuteHandler(lambdaRuntime());
