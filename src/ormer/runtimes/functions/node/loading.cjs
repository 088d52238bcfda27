'use strict';
/** Finding the handler that a function's configuration names. */
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const { Broken } = require('./failures.cjs');

const NAME = /^([^.]*)\.(.+)$/;
const ENDINGS = ['', '.js', '.mjs', '.cjs'];

/** The function of `file.export`, `folder/file.outer.inner` too. Throws Broken in Lambda's words. */
exports.handler = async (name, root) => {
  const parts = NAME.exec(path.posix.basename(name));
  if (!parts) throw new Broken('Runtime.MalformedHandlerName', `Bad handler '${name}': it is not FILE.EXPORT`, []);
  const [, file, exported] = parts;
  const found = place(path.resolve(root, path.posix.dirname(name), file));
  let module_;
  try {
    module_ = await loaded(found);
  } catch (error) {
    throw inLambdasWords(error);
  }
  const handler = member(module_, exported.split('.'));
  if (handler === undefined) throw new Broken('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw new Broken('Runtime.HandlerNotFound', `${name} is not a function`);
  return handler;
};

/** Say clearly what is not done, instead of leaving functions with an undefined name. */
exports.refuseStreaming = () => {
  globalThis.awslambda = {
    streamifyResponse() {
      throw new Broken('Runtime.StreamingNotSupported', 'Responses are not streamed here: return the whole answer.');
    },
  };
};

function place(file) {
  for (const ending of ENDINGS) {
    if (fs.statSync(file + ending, { throwIfNoEntry: false })?.isFile()) return file + ending;
  }
  // A folder with an index, as `require` has it.
  return file;
}

/** A file's exports, whichever kind of module it is. */
async function loaded(file) {
  if (file.endsWith('.mjs')) return import(pathToFileURL(file));
  if (file.endsWith('.js') && isModule(path.dirname(file))) return import(pathToFileURL(file));
  return require(file);
}

/** Whether the nearest package.json makes ES modules of files that end in .js. */
function isModule(folder) {
  const declared = path.join(folder, 'package.json');
  if (fs.existsSync(declared)) return JSON.parse(fs.readFileSync(declared, 'utf8')).type === 'module';
  const parent = path.dirname(folder);
  return parent !== folder && path.basename(parent) !== 'node_modules' && isModule(parent);
}

/** `outer.inner` of a module; of its default export where the module itself has no such name. */
function member(module_, names) {
  const within = (start) => names.reduce((found, name) => found?.[name], start);
  return within(module_) ?? within(module_?.default);
}

function inLambdasWords(error) {
  if (error instanceof Broken) return error;
  const trace = String(error?.stack ?? error).split('\n');
  if (error instanceof SyntaxError) return new Broken('Runtime.UserCodeSyntaxError', String(error), trace);
  if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
    return new Broken('Runtime.ImportModuleError', String(error), trace);
  }
  return error;
}
