'use strict';
/** Milliseconds of the monotonic clock, which all threads of a process share. */
exports.milliseconds = () => Number(process.hrtime.bigint() / 1000n) / 1000;
