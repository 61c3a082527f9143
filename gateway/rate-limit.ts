import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { RequestRefused } from './errors.ts';

/** How often one caller may ask. */
export interface RateLimit {
  /** 0 for as often as it likes. */
  readonly perMinute: number;
  /** How many callers are remembered at most; who has not asked for longest is forgotten. */
  readonly callers?: number;
  /** Milliseconds, for tests. */
  readonly now?: () => number;
}

/** Of the requests of a minute, so many may come at once: a page of many figures asks for all of them as it opens. */
const BURST = 1 / 4;
const MINUTE = 60_000;

/**
 * Counts requests by caller, as a bucket of tokens that fills steadily; kept as the one moment at which it will be full again (GCRA). Not
 * @fastify/rate-limit: its window is fixed, so that two bursts around its end come to twice the rate, and it has no bucket of its own for
 * bursts. Of several gateways each counts for itself.
 * @returns a function that takes a request of a caller: 0, or the milliseconds until it would be taken.
 */
export function createRateLimit({ perMinute, callers = 10_000, now = () => performance.now() }: RateLimit): (caller: string) => number {
  if (perMinute === 0) return () => 0;
  const interval = MINUTE / perMinute;
  const tolerance = (Math.ceil(perMinute * BURST) - 1) * interval;
  const full = new Map<string, number>();
  return (caller) => {
    const moment = now();
    const next = Math.max(moment, full.get(caller) ?? 0);
    const wait = next - moment - tolerance;
    if (wait > 0) return wait;
    full.delete(caller);
    full.set(caller, next + interval);
    const [oldest] = full.keys();
    if (full.size > callers && oldest !== undefined) full.delete(oldest);
    return 0;
  };
}

/**
 * The hook that `authenticate` is, with requests counted: by subject, those without a token and those whose token is refused by address.
 * It throws RATE_LIMITED with the header `retry-after`.
 */
export function limitRate(limit: RateLimit, authenticate: onRequestAsyncHookHandler): onRequestAsyncHookHandler {
  const take = createRateLimit(limit);
  const count = (caller: string, reply: FastifyReply) => {
    const wait = take(caller);
    if (wait === 0) return;
    const seconds = Math.ceil(wait / 1000);
    reply.header('retry-after', String(seconds));
    throw new RequestRefused(
      429,
      'RATE_LIMITED',
      `Quá nhiều yêu cầu: tối đa ${limit.perMinute} mỗi phút; hãy thử lại sau ${seconds} giây. · ` +
        `Too many requests: at most ${limit.perMinute} a minute; try again in ${seconds} s.`,
    );
  };
  return async function (request, reply) {
    try {
      await authenticate.call(this, request, reply);
    } catch (error) {
      count(addressOf(request), reply);
      throw error;
    }
    const { subject } = request.caller;
    count(subject === null ? addressOf(request) : `subject ${subject}`, reply);
  };
}

/** The client's address; of IPv6, the network that a client usually has to itself. */
function addressOf({ ip }: FastifyRequest): string {
  return `address ${ip.includes(':') && !ip.includes('.') ? networkOf(ip) : ip}`;
}

/** The first 64 bits of an IPv6 address. */
function networkOf(ip: string): string {
  const [head = '', tail] = ip.split('::');
  const left = head.split(':').filter((group) => group !== '');
  const right = (tail ?? '').split(':').filter((group) => group !== '');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(zeros).fill('0'), ...right]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
