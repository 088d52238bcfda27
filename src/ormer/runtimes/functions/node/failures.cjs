'use strict';
/** How a function failed, in Lambda's shape and words. */

/** The function cannot be loaded, or its answer cannot be sent. kind: Lambda's errorType. */
class Broken extends Error {
  constructor(kind, message, trace) {
    super(message);
    this.name = kind;
    this.trace = trace;
  }
}

/** {errorType, errorMessage, trace} of whatever was thrown. */
function payloadOf(error) {
  if (isError(error)) {
    const trace = error.trace ?? String(error.stack ?? '').split('\n');
    return { errorType: String(error.name), errorMessage: String(error.message), trace };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function isError(error) {
  return error instanceof Error || (error && error.name && error.message !== undefined && error.stack);
}

function unhandledRejection(reason) {
  const stack = String(isError(reason) ? reason.stack : reason).split('\n');
  return new Broken('Runtime.UnhandledPromiseRejection', String(reason), [`Runtime.UnhandledPromiseRejection: ${reason}`, ...stack]);
}

function exited(requestId, code) {
  const why = code ? `Runtime exited with error: exit status ${code}` : 'Runtime exited without providing a reason';
  return { errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${requestId} Error: ${why}` };
}

function tooLarge(bytes) {
  const text = `Response payload size exceeded maximum allowed payload size (${bytes} bytes).`;
  return new Broken('Function.ResponseSizeTooLarge', text, []);
}

function callbacksAreGone() {
  const text =
    'Handlers that answer by a callback are not run by Node.js 24 and later: return a value or a promise, ' +
    'or choose the runtime nodejs22.x.';
  return new Broken('Runtime.CallbackHandlerDeprecated', text, []);
}

module.exports = { Broken, payloadOf, unhandledRejection, exited, tooLarge, callbacksAreGone };
