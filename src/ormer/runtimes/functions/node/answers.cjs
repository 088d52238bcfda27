'use strict';
/** The one answer of an invocation: whose turn it is to write it, and the file. */
const fs = require('node:fs');
const path = require('node:path');

exports.UNHANDLED = 'Unhandled';

/** True for whoever comes first, in whatever thread. */
exports.claim = (flags) => {
  const first = Atomics.compareExchange(flags, 0, 0, 1) === 0;
  Atomics.notify(flags, 0);
  return first;
};

/** Whole or not at all. */
exports.write = (folder, error, payload) => {
  const draft = path.join(folder, 'answer.draft');
  fs.writeFileSync(draft, JSON.stringify({ error, payload }));
  fs.renameSync(draft, path.join(folder, 'answer.json'));
};
