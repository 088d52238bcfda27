'use strict';
/**
 * The second argument of a handler.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
 */
const { milliseconds } = require('./moments.cjs');

/**
 * What a function may know of its invocation. deadline: milliseconds of the monotonic clock.
 * invocation: whom `done`, `succeed` and `fail` tell; null for releases that have them no more.
 */
exports.contextOf = (told, environ, deadline, invocation) => {
  const context = {
    functionVersion: environ.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: environ.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: environ.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: environ.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environ.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: told.client_context ?? undefined,
    identity: undefined,
    invokedFunctionArn: told.arn,
    awsRequestId: String(told.request_id),
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - milliseconds())),
  };
  if (invocation === null) return context;
  context.callbackWaitsForEmptyEventLoop = true;
  context.done = (error, value) => {
    context.callbackWaitsForEmptyEventLoop = false;
    invocation.callback(context, error, value);
  };
  context.succeed = (value) => context.done(null, value);
  context.fail = (error) => context.done(error ?? 'handled');
  return context;
};
