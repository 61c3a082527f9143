/**
 * Lets a Node process connect to nothing but this machine: the whole system, tests included, needs no other. Loaded into every worker of vitest
 * and, by NODE_OPTIONS, into every process that tests start. A connection elsewhere fails with an error that names it.
 */
import { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Names under .invalid lead nowhere (RFC 2606): tests of what happens then may ask for them. */
const LOOPBACK = /^(.+\.invalid|localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3}|0\.0\.0\.0|::)$/i;
/** What is sent to the machine's own addresses goes over loopback as well: tests that come to a service as from outside do so. */
const OWN = new Set(Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address)));
const connect = Socket.prototype.connect;

Socket.prototype.connect = function connectToLoopback(...given) {
  const [first, second] = Array.isArray(given[0]) ? given[0] : given;
  const { host, path } = typeof first === 'object' && first !== null ? first : { host: second, path: Number.isNaN(Number(first)) ? first : undefined };
  const name = typeof host === 'string' ? host : 'localhost';
  if (!path && !LOOPBACK.test(name) && !OWN.has(name)) throw new Error(`a connection to ${name} was tried: this system connects to nothing but loopback`);
  return connect.apply(this, given);
};
