import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { Composition } from './composition.ts';
import type { Compositions } from './compositions.ts';
import { createErrorRate } from './error-rate.ts';
import { parseSupergraph, type Supergraph, SupergraphError } from './supergraph.ts';
import type { SupergraphSource } from './supergraph-source.ts';

/** What {@link followSupergraph} works with. */
export interface ChangeParts {
  readonly source: SupergraphSource;
  /** Between two looks at the source. */
  readonly intervalMs: number;
  /** How long a new supergraph is watched after it was taken over. */
  readonly trialMs: number;
  readonly compositions: Compositions;
  /** Loads a supergraph, and the documents that are trusted now. @throws SupergraphError saying why it cannot */
  readonly open: (supergraph: Supergraph) => Promise<Composition>;
  /** The subgraphs of a supergraph that do not answer. */
  readonly silent: (supergraph: Supergraph) => Promise<readonly string[]>;
  readonly log: Logger;
}

/** What is done about new supergraphs while the gateway runs. */
export interface SupergraphChanges {
  /** An answer left that was made on this schema; `failed`: with errors that are the graph's fault. */
  record(schema: GraphQLSchema, failed: boolean): void;
  /** Looks no more; waits for a look under way. */
  stop(): Promise<void>;
}

/**
 * Takes new supergraphs over without interruption: only one that loads, says of everything who may ask for it, fits all trusted documents and has
 * all its subgraphs answering; what is served meanwhile, and when it is refused, is the one before. One with which many more answers fail than
 * before is given up again, for the one before it, and not tried again until it is another.
 */
export function followSupergraph({ source, intervalMs, trialMs, compositions, open, silent, log }: ChangeParts): SupergraphChanges {
  const rate = createErrorRate();
  let waiting: string | undefined;
  let trial: { readonly previous: Composition; readonly until: number } | undefined;
  let stopped = false;

  const look = async () => {
    const text = (await source.read()) ?? waiting;
    if (text === undefined) return;
    waiting = undefined;
    const supergraph = parseSupergraph(text, source.origin);
    const missing = await silent(supergraph);
    if (missing.length > 0) {
      waiting = text;
      throw new SupergraphError(`its subgraphs do not answer: ${missing.join(', ')}; it is tried again`);
    }
    const next = await open(supergraph);
    try {
      await next.prepare();
    } catch (error) {
      await next.close();
      throw error;
    }
    if (stopped) return next.close();
    const previous = compositions.current;
    compositions.replace(next);
    if (trial !== undefined) void compositions.retire(trial.previous);
    rate.beginTrial();
    trial = { previous, until: performance.now() + trialMs };
    log.info({ phase: 'supergraph', origin: source.origin }, 'a new supergraph was taken over');
  };
  const judge = () => {
    if (trial === undefined) return;
    const failed = rate.worse();
    if (!failed && performance.now() < trial.until) return;
    let past = trial.previous;
    if (failed) {
      log.error({ phase: 'supergraph', origin: source.origin }, 'many more answers fail with the new supergraph: the one before is served again');
      past = compositions.current;
      compositions.replace(trial.previous);
    }
    void compositions.retire(past);
    rate.endTrial();
    trial = undefined;
  };
  const round = async () => {
    judge();
    await look().catch((error: unknown) => {
      const reason = (error as Error).message;
      log.error({ phase: 'supergraph', origin: source.origin, reason }, `the new supergraph is not taken over: ${reason}`);
    });
    if (!stopped) timer = setTimeout(next, intervalMs).unref();
  };
  let running: Promise<void> = Promise.resolve();
  const next = () => {
    running = round();
  };
  let timer = setTimeout(next, intervalMs).unref();

  return {
    record: (schema, failed) => {
      if (compositions.of(schema) === compositions.current) rate.record(failed);
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
