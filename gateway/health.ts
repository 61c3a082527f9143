import type { FastifyInstance } from 'fastify';
import type { Transport } from './transport.ts';

/** What health checks are made of. */
export interface HealthParts {
  /** How the subgraphs are reached now. */
  readonly transports: () => readonly Transport[];
  /** Whether requests are taken; false while the gateway starts and stops. */
  readonly ready: () => boolean;
}

/** How long what is known of the subgraphs is told again, so that many probes are not many probes of every subgraph. */
const REMEMBER_MS = 1_000;

/**
 * `GET /health/live`: the process answers. `GET /health/ready`: the supergraph is loaded and requests are taken; the body says which
 * subgraphs answer: `{"status":"ready","subgraphs":{"calls":"up","victims":"down"}}`. A dead subgraph does not make the gateway unready,
 * for the others' figures are still to be had.
 */
export function registerHealth(app: FastifyInstance, { transports, ready }: HealthParts): void {
  let known: { at: number; subgraphs: Promise<Record<string, 'up' | 'down'>> } | undefined;
  const look = () => {
    if (known === undefined || performance.now() - known.at > REMEMBER_MS) known = { at: performance.now(), subgraphs: probe(transports()) };
    return known.subgraphs;
  };
  app.get('/health/live', () => ({ status: 'live' }));
  app.get('/health/ready', async (_request, reply) => {
    const subgraphs = await look();
    return reply.code(ready() ? 200 : 503).send({ status: ready() ? 'ready' : 'not ready', subgraphs });
  });
}

async function probe(transports: readonly Transport[]): Promise<Record<string, 'up' | 'down'>> {
  return Object.fromEntries(await Promise.all(transports.map(async (transport) => [transport.name, (await transport.ready()) ? 'up' : 'down'] as const)));
}
