'use strict';
/**
 * What Lambda's runtime writes into a function's log by itself, and how it lets `console` write.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */
const fs = require('node:fs');
const { format } = require('node:util');

const LEVELS = { trace: 'TRACE', debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR' };
const STDOUT = 1;
const PIPE_FULL_WAIT_MS = 5;
// While a function loads, no request is known to its log.
let current = 'undefined';

/** One line of the log as it stands. */
function line(text) {
  let rest = Buffer.from(`${text}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(STDOUT, rest));
    } catch (error) {
      if (error.code !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PIPE_FULL_WAIT_MS);
    }
  }
}

/** Time, request, level and text between tabs. One message is one event of the log: its line ends become returns. */
function message(level, text) {
  line(`${new Date().toISOString()}\t${current}\t${level}\t${text}`.replaceAll('\n', '\r'));
}

exports.line = line;

/** Let `console` write lines as Lambda's does. */
exports.setUp = () => {
  for (const [name, level] of Object.entries(LEVELS)) {
    console[name] = (...words) => message(level, format(...words));
  }
};

/** The first line of an invocation. */
exports.begin = (requestId, version) => line(`START RequestId: ${requestId} Version: ${version}`);

/** From now on lines belong to this request. */
exports.called = (requestId) => {
  current = requestId;
};

/** What the log shows of an error. */
exports.failed = (where, payload) => {
  const { errorType, errorMessage, trace } = payload;
  message('ERROR', `${where} \t${JSON.stringify({ errorType, errorMessage, stack: trace })}`);
};

/** The last lines: how long it took and how much it needed. */
exports.end = (requestId, spentMs, initMs, memorySize) => {
  const peakMb = Math.floor(process.resourceUsage().maxRSS / 1024);
  line(`END RequestId: ${requestId}`);
  line(
    `REPORT RequestId: ${requestId}\tDuration: ${spentMs.toFixed(2)} ms\tBilled Duration: ${Math.ceil(spentMs)} ms\t` +
      `Memory Size: ${memorySize} MB\tMax Memory Used: ${peakMb} MB\tInit Duration: ${initMs.toFixed(2)} ms\t`,
  );
};
