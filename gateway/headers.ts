import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { PURPOSE_HEADER, REQUEST_ID_HEADER } from '#schema/identity.ts';

/**
 * On every answer: it is of the type that it says, shown in no frame, kept by nobody, and loads nothing. GraphiQL's page has a policy of its own.
 * Strict-Transport-Security is for whoever ends TLS. No answer ever sets a cookie.
 */
export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** Lets pages of other origins ask the graph, where there are such; otherwise nothing of CORS is answered, and browsers keep them away. */
export async function registerCors(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await app.register(cors, {
    origin: [...origins],
    methods: ['GET', 'POST'],
    allowedHeaders: ['authorization', 'content-type', 'apollo-require-preflight', PURPOSE_HEADER, REQUEST_ID_HEADER],
    exposedHeaders: [REQUEST_ID_HEADER, 'retry-after'],
    credentials: false,
    maxAge: 600,
  });
}
