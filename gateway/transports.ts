import type { Logger } from 'pino';
import { createHopSigner, type HopSigner } from '#schema/hop-signer.ts';
import { type CheckpointRelay, openCheckpointRelay } from '#schema/log-checkpoints.ts';
import type { GatewayConfig } from './config.ts';
import { type Supergraph, SupergraphError } from './supergraph.ts';
import { openTransport, type Transport } from './transport.ts';

/** How the gateway reaches its subgraphs; supergraphs that come one after the other share what they have in common. */
export interface Transports {
  /**
   * One for each subgraph of a supergraph.
   * @throws SupergraphError when nobody says where a subgraph is
   */
  of(supergraph: Supergraph): Transport[];
  close(): Promise<void>;
}

/** Opens no connection yet. */
export function createTransports(config: GatewayConfig, log: Logger): Transports {
  const relay = openCheckpointRelay();
  // One for all, so that hops to several subgraphs share a signature.
  const signer = createHopSigner(config.signingKey);
  const open = new Map<string, Transport>();
  return {
    of: ({ urls, origin }) =>
      [...urls].map(([name, usual]) => {
        const own = config.subgraphUrls[name] ?? [usual];
        if (!own.every((url) => URL.canParse(url))) throw new SupergraphError(`${origin}: expected the URL of the subgraph "${name}", got "${usual}"`);
        const key = JSON.stringify([name, own]);
        const found = open.get(key) ?? openOne(name, own, { config, relay, signer, log });
        open.set(key, found);
        return found;
      }),
    close: async () => {
      await Promise.all([...open.values()].map((transport) => transport.close()));
    },
  };
}

interface Shared {
  readonly config: GatewayConfig;
  readonly relay: CheckpointRelay;
  readonly signer: HopSigner;
  readonly log: Logger;
}

function openOne(name: string, urls: readonly string[], { config, relay, signer, log }: Shared): Transport {
  return openTransport({
    name,
    urls,
    timeoutMs: config.subgraphTimeoutMs,
    hedgeAfterMs: config.hedgeAfterMs,
    breakerFailures: config.breakerFailures,
    signer,
    tls: config.tls,
    relay,
    responseLimit: config.subgraphResponseLimit,
    log,
  });
}
