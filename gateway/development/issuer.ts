import type { KeyObject } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isRole, ROLES } from '#schema/access.ts';
import { isDimensionId } from '#schema/statistics-cell.ts';
import { isLoopback } from '../config.ts';
import { RequestRefused } from '../errors.ts';
import { developmentToken, MINUTES, withDefaults } from './tokens.ts';

/**
 * `GET <path>?role=coordinator&role=…&agency=c02&subject=…`: a token for whoever asks on this machine. Nobody is asked who they
 * are, so it is for development alone: a gateway in production, or one that others can reach, does not have it.
 */
export function registerDevelopmentIssuer(app: FastifyInstance, path: string, key: KeyObject): void {
  app.get(path, async (request: FastifyRequest, reply: FastifyReply) => {
    refuseStrangers(request);
    const holder = withDefaults(holderOf(new URL(request.url, 'http://localhost').searchParams));
    reply.header('cache-control', 'no-store');
    return { ...holder, token: await developmentToken(key, holder), expiresAt: new Date(Date.now() + MINUTES * 60_000).toISOString() };
  });
}

/** Only this machine, spoken to by its own name (a stranger's page may have a name that leads here), and nobody on behalf of others. */
function refuseStrangers({ raw, headers }: FastifyRequest): void {
  const { hostname = '' } = URL.parse(`http://${headers.host}`) ?? {};
  const forwarded = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'].some((name) => name in headers);
  const page = headers['sec-fetch-site'] ?? 'none';
  const own = isLoopback(raw.socket.remoteAddress ?? '') && isLoopback(hostname) && !forwarded && (page === 'none' || page === 'same-origin');
  if (own) return;
  throw new RequestRefused(403, 'FORBIDDEN', 'Chỉ cấp mã truy cập cho chính máy này. · Tokens are given to this machine alone.');
}

function holderOf(asked: URLSearchParams) {
  const roles = asked.getAll('role');
  const agency = asked.get('agency');
  const subject = asked.get('subject');
  const strange = roles.find((role) => !isRole(role));
  if (strange !== undefined) throw badRequest(`role: ${Object.keys(ROLES).join(', ')}`);
  if (agency !== null && agency !== '' && !isDimensionId(agency)) throw badRequest('agency: c02, cuc-tre-em, …');
  if (subject !== null && !/^[\w.@-]{1,100}$/.test(subject)) throw badRequest('subject: [A-Za-z0-9_.@-]{1,100}');
  return { roles: roles.filter(isRole), ...(agency === null ? {} : { agency: agency || null }), ...(subject === null ? {} : { subject }) };
}

function badRequest(expected: string): RequestRefused {
  return new RequestRefused(400, 'BAD_REQUEST', `Cần · Expected ${expected}`);
}
