'use strict';
/**
 * `node invoke.cjs`: load a function's handler, call it once, and leave its answer, as Lambda's runtime for Node.js does.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
 *
 * request.json in the folder says what is asked; answer.json there is the answer, whole or not there at all:
 * {"error": "" or "Unhandled", "payload": the JSON text}. What the function prints is its log.
 */
const fs = require('node:fs');
const path = require('node:path');
const { Worker } = require('node:worker_threads');

const addresses = require('./addresses.cjs');
const answers = require('./answers.cjs');
const { contextOf } = require('./context.cjs');
const failures = require('./failures.cjs');
const loading = require('./loading.cjs');
const logs = require('./logs.cjs');
const { milliseconds } = require('./moments.cjs');

const FOLDER = '/opt/ormer/invocation';
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const PAYLOAD_BYTES_MAX = 6291556;
// The first release without callbacks. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
const NO_CALLBACKS_FROM = 24;

/** One call of a function. Its handler, its exit and the watch over its time all want to answer; the first one does. */
class Invocation {
  constructor(folder, told, environ) {
    this.folder = folder;
    this.told = told;
    this.environ = environ;
    this.requestId = String(told.request_id);
    this.flags = new Int32Array(new SharedArrayBuffer(4));
    this.began = milliseconds();
    this.initMs = 0;
    this.outcome = null;
  }

  /** Load, call, and answer sooner or later. */
  async run() {
    process.on('uncaughtException', (error) => this.fail(error, 'Uncaught Exception'));
    process.on('unhandledRejection', (reason) => this.fail(failures.unhandledRejection(reason), 'Unhandled Promise Rejection'));
    process.on('exit', (code) => this.exited(code));
    logs.begin(this.requestId, this.environ.AWS_LAMBDA_FUNCTION_VERSION);
    let handler;
    try {
      handler = await loading.handler(this.environ._HANDLER, this.environ.LAMBDA_TASK_ROOT);
      if (this.withoutCallbacks() && handler.length > 2) throw failures.callbacksAreGone();
    } catch (error) {
      this.fail(error, 'Uncaught Exception');
      return;
    }
    logs.called(this.requestId);
    this.call(handler);
  }

  call(handler) {
    const timeoutMs = Number(this.told.timeout) * 1000;
    this.initMs = milliseconds() - this.began;
    this.began = milliseconds();
    this.watch(this.began + timeoutMs);
    const context = contextOf(this.told, this.environ, this.began + timeoutMs, this.withoutCallbacks() ? null : this);
    process.on('beforeExit', () => this.settle(this.outcome ?? [null, null]));
    try {
      const result = handler(JSON.parse(this.told.event), context, (error, value) => this.callback(context, error, value));
      if (typeof result?.then === 'function') {
        result.then((value) => this.settle([null, value]), (error) => this.fail(error, 'Invoke Error'));
      } else if (this.withoutCallbacks()) {
        this.settle([null, result]);
      }
    } catch (error) {
      this.fail(error, 'Invoke Error');
    }
  }

  /** The first word of a handler that answers by a callback; it is sent when nothing is left to do, or at once. */
  callback(context, error, value) {
    this.outcome ??= [error ?? null, value];
    if (!context.callbackWaitsForEmptyEventLoop) setImmediate(() => this.settle(this.outcome));
  }

  settle([error, value]) {
    if (error !== null) {
      this.fail(error, 'Invoke Error');
      return;
    }
    let text;
    try {
      text = JSON.stringify(value === undefined ? null : value) ?? 'null';
    } catch {
      this.fail(new Error('Unable to stringify response body'), 'Invoke Error');
      return;
    }
    if (Buffer.byteLength(text) > PAYLOAD_BYTES_MAX) {
      this.fail(failures.tooLarge(PAYLOAD_BYTES_MAX), 'Invoke Error');
      return;
    }
    this.leave('', text);
  }

  fail(error, where) {
    const payload = failures.payloadOf(error);
    logs.failed(where, payload);
    this.leave(answers.UNHANDLED, JSON.stringify(payload));
  }

  /** The function ended its process itself. */
  exited(code) {
    if (Atomics.load(this.flags, 0) !== 0) return;
    const payload = failures.exited(this.requestId, code);
    logs.line(payload.errorMessage);
    this.leave(answers.UNHANDLED, JSON.stringify(payload), false);
  }

  /** Write the answer and end the process, whatever the function has started beside it. */
  leave(error, payload, exit = true) {
    if (!answers.claim(this.flags)) return;
    const spent = milliseconds() - this.began;
    answers.write(this.folder, error, payload);
    logs.end(this.requestId, spent, this.initMs, this.environ.AWS_LAMBDA_FUNCTION_MEMORY_SIZE);
    if (!exit) return;
    process.removeAllListeners('exit');
    process.exit(0);
  }

  /** A thread of its own looks at the clock, so that a handler that never lets go of this one is ended too. */
  watch(deadline) {
    const workerData = {
      flags: this.flags,
      folder: this.folder,
      requestId: this.requestId,
      deadline,
      timeout: Number(this.told.timeout),
      began: this.began,
      initMs: this.initMs,
      memorySize: this.environ.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    };
    new Worker(path.join(__dirname, 'watch.cjs'), { workerData, env: {}, execArgv: [] }).unref();
  }

  withoutCallbacks() {
    const release = /nodejs(\d+)/.exec(this.environ.AWS_EXECUTION_ENV ?? '');
    return release !== null && Number(release[1]) >= NO_CALLBACKS_FROM;
  }
}

function main(folder) {
  const told = JSON.parse(fs.readFileSync(path.join(folder, 'request.json'), 'utf8'));
  logs.setUp();
  addresses.setUp(process.env.ORMER_TLS_ADDRESS);
  loading.refuseStreaming();
  new Invocation(folder, told, { ...process.env }).run();
}

main(FOLDER);
