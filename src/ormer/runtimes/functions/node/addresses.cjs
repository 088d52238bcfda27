'use strict';
/**
 * Where https connections lead. At AWS everything answers at port 443, and programs count on it: CloudFormation's
 * helpers use the host of a ResponseURL without its port. Here one port of this machine is all of those places.
 */
const https = require('node:https');

const AWS_HOST = /(^|\.)(amazonaws\.com(\.cn)?|api\.aws|aws\.dev)$/i;
const HTTPS_PORT = 443;

/** Lead AWS's hosts, and the server's own at the port it does not have, to `address`: https://HOST:PORT, or nothing. */
exports.setUp = (address) => {
  if (!address) return;
  const server = new URL(address);
  const connect = https.Agent.prototype.createConnection;
  https.Agent.prototype.createConnection = function createConnection(options, ...rest) {
    return connect.call(this, isTheirs(options, server) ? led(options, server) : options, ...rest);
  };
};

function isTheirs(options, server) {
  if (typeof options !== 'object' || options === null) return false;
  const host = String(options.host ?? options.hostname ?? '');
  return Number(options.port ?? HTTPS_PORT) === HTTPS_PORT && (AWS_HOST.test(host) || host === server.hostname);
}

/** The certificate is still asked for, and checked, under the name that was meant. */
function led(options, server) {
  const servername = options.servername || (AWS_HOST.test(options.host ?? '') ? options.host : undefined);
  return { ...options, host: server.hostname, hostname: server.hostname, port: Number(server.port), servername };
}
