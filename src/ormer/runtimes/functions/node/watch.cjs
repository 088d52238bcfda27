'use strict';
/** The thread that ends an invocation whose time is over: it sleeps until there is an answer, or gives one. */
const { workerData } = require('node:worker_threads');

const answers = require('./answers.cjs');
const logs = require('./logs.cjs');
const { milliseconds } = require('./moments.cjs');

const { flags, folder, requestId, deadline, timeout, began, initMs, memorySize } = workerData;

Atomics.wait(flags, 0, 0, Math.max(0, deadline - milliseconds()));
if (answers.claim(flags)) {
  const said = `Task timed out after ${timeout.toFixed(2)} seconds`;
  const payload = { errorType: 'Sandbox.Timedout', errorMessage: `RequestId: ${requestId} Error: ${said}` };
  answers.write(folder, answers.UNHANDLED, JSON.stringify(payload));
  logs.line(`${new Date().toISOString()} ${requestId} ${said}`);
  logs.end(requestId, milliseconds() - began, initMs, memorySize);
  // Its main thread may be in a loop that no exit reaches.
  process.kill(process.pid, 'SIGKILL');
}
