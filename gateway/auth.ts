import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type { Logger } from 'pino';
import { isPurpose, PURPOSES, type Purpose, scopesOf } from '#schema/access.ts';
import { ANYBODY, type Caller, PURPOSE_HEADER } from '#schema/identity.ts';
import type { GatewayConfig } from './config.ts';
import { RequestRefused } from './errors.ts';
import { IssuerUnavailable } from './issuer-keys.ts';
import { createTokenReader, type Holder, TokenRefused } from './token.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks. Until it is known, and where a token is refused: anybody. */
    caller: Caller;
  }
}

/** How long a client waits before it tries again whether the issuer's keys can be had; in seconds. */
const RETRY_AFTER = 5;
/** One space and a JWT in its compact form with a signature; nothing that has to be trimmed, decoded or guessed at. */
const BEARER = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i;

const NOBODY: Holder = { subject: null, agency: null, roles: [] };

/** Lets `app` know who asks before it reads what is asked: the hook to be called with every request to the graph. */
export function createAuthentication(app: FastifyInstance, config: Pick<GatewayConfig, 'issuer' | 'claims'>, log: Logger): onRequestAsyncHookHandler {
  const read = createTokenReader(config);
  app.decorateRequest('caller');
  return async (request: FastifyRequest, reply: FastifyReply) => {
    request.caller = ANYBODY;
    try {
      const token = bearerToken(request);
      const holder = token === undefined ? NOBODY : await read(token);
      request.caller = callerOf(holder, purposeOf(request));
    } catch (error) {
      throw refusal(error, request.id, reply, log);
    }
  };
}

function callerOf({ subject, agency, roles }: Holder, purpose: Purpose | null): Caller {
  return Object.freeze({ subject, agency, scopes: Object.freeze(scopesOf([...roles, 'public'])), purpose });
}

/** The token of the header; undefined where there is no header. Tokens anywhere else (URL, cookies, bodies) are none: they end up in logs. */
function bearerToken({ raw }: FastifyRequest): string | undefined {
  // Of several headers `headers` would have the first, and a proxy may have looked at the last.
  const [header, ...others] = raw.headersDistinct['authorization'] ?? [];
  if (header === undefined) return undefined;
  if (others.length > 0) throw new TokenRefused('several authorization headers');
  const token = BEARER.exec(header)?.[1];
  if (token === undefined) throw new TokenRefused('the authorization header is not "Bearer <JWT>"');
  return token;
}

function purposeOf({ headers }: FastifyRequest): Purpose | null {
  const purpose = headers[PURPOSE_HEADER];
  if (purpose === undefined) return null;
  if (isPurpose(purpose)) return purpose;
  const all = Object.keys(PURPOSES).join(', ');
  throw new RequestRefused(400, 'BAD_REQUEST', `Tiêu đề ${PURPOSE_HEADER} phải là một trong: ${all} · The header ${PURPOSE_HEADER} must be one of: ${all}`);
}

/** What the client is told: not which check failed, which would tell an attacker how far a forged token got. The log tells it, without the token. */
function refusal(error: unknown, requestId: string, reply: FastifyReply, log: Logger): unknown {
  if (error instanceof TokenRefused) {
    log.info({ requestId, reason: error.message }, 'a token was refused');
    reply.header('www-authenticate', 'Bearer error="invalid_token"');
    return new RequestRefused(
      401,
      'UNAUTHENTICATED',
      'Mã truy cập không hợp lệ hoặc đã hết hạn; hãy lấy mã mới và gửi trong tiêu đề "authorization: Bearer …". · ' +
        'The token does not hold or has expired; get a new one and send it in the header "authorization: Bearer …".',
    );
  }
  if (error instanceof IssuerUnavailable) {
    reply.header('retry-after', String(RETRY_AFTER));
    return new RequestRefused(
      503,
      'IDENTITY_UNAVAILABLE',
      'Tạm thời chưa kiểm tra được mã truy cập; hãy thử lại sau ít giây. · The token cannot be checked just now; try again in a few seconds.',
      { cause: error },
    );
  }
  return error;
}
