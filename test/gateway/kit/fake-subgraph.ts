import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type ExecutionResult, graphql, parse } from 'graphql';

/** A GraphQL request as a subgraph got it. */
export interface Received {
  readonly query: string;
  readonly operationName?: string;
  readonly variables: Readonly<Record<string, unknown>> & { readonly representations?: readonly Record<string, unknown>[] };
  readonly headers: IncomingHttpHeaders;
}

/** What a subgraph does with a request, instead of answering it. `usual` is what it would answer. */
export type Behaviour = (response: ServerResponse, usual: () => Promise<ExecutionResult>, received: Received) => void | Promise<void>;

/** A subgraph over real HTTP that can be made to misbehave. */
export interface FakeSubgraph {
  readonly name: string;
  readonly url: string;
  /** Every GraphQL request since the last {@link reset}. */
  readonly received: readonly Received[];
  /** What it does until the next {@link reset}. */
  behave(behaviour: Behaviour): void;
  /** Whether it says that it is ready. */
  ready: boolean;
  /** How often it was asked whether it is ready. */
  readonly probes: number;
  reset(): void;
  /** Stops listening and breaks every connection. */
  stop(): Promise<void>;
}

/** What a fake subgraph is made of. */
export interface FakeSubgraphParts {
  readonly name: string;
  readonly typeDefs: string;
  readonly resolvers: object;
  readonly port?: number;
}

/** Starts a subgraph with a schema of federation. */
export async function startFakeSubgraph({ name, typeDefs, resolvers, port = 0 }: FakeSubgraphParts): Promise<FakeSubgraph> {
  const schema = buildSubgraphSchema({ typeDefs: parse(typeDefs), resolvers: resolvers as never });
  const state = { received: [] as Received[], behaviour: undefined as Behaviour | undefined, ready: true, probes: 0 };
  const server = createServer(async (request, response) => {
    if (request.url === '/health/ready') {
      state.probes += 1;
      response.writeHead(state.ready ? 200 : 503).end();
      return;
    }
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const received: Received = { ...JSON.parse(text), headers: request.headers };
    state.received.push(received);
    const { query: source, variables: variableValues, operationName } = received;
    const usual = () => graphql({ schema, source, variableValues, operationName: operationName ?? null });
    await (state.behaviour ?? usually)(response, usual, received);
  });
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  return {
    name,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    get received() {
      return state.received;
    },
    behave: (behaviour) => {
      state.behaviour = behaviour;
    },
    get ready() {
      return state.ready;
    },
    set ready(ready) {
      state.ready = ready;
    },
    get probes() {
      return state.probes;
    },
    reset: () => {
      Object.assign(state, { received: [], behaviour: undefined, ready: true, probes: 0 });
    },
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        server.closeAllConnections();
      }),
  };
}

const usually: Behaviour = async (response, usual) => answerJson(await usual())(response, usual, undefined as never);

/** Answers with a JSON of its own. */
export function answerJson(body: unknown, status = 200): Behaviour {
  return answerText(JSON.stringify(body), 'application/json; charset=utf-8', status);
}

/** Answers with a text. */
export function answerText(text: string, contentType: string, status = 200): Behaviour {
  return (response) => void response.writeHead(status, { 'content-type': contentType }).end(text);
}

/** Answers a fetch of entities as usual, with the list of entities changed, and perhaps with errors. */
export function answerEntities(change: (entities: readonly object[]) => unknown, errors?: readonly object[]): Behaviour {
  return async (response, usual, received) => {
    const { data } = await usual();
    const entities = change((data?.['_entities'] ?? []) as object[]);
    return answerJson({ data: { _entities: entities }, errors })(response, usual, received);
  };
}

/** Breaks the connection. */
export const breakConnection: Behaviour = (response) => void response.destroy();

/** Never answers. */
export const hang: Behaviour = () => undefined;

/** Sends headers and the beginning of a body, and nothing more. */
export const hangHalfway: Behaviour = (response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"data":');
