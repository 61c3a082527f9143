/**
 * The process of the shop's subgraphs, each under its name: `node subgraphs.ts <port>`.
 *
 * What is measured is gateways, so these cost as little as can be: a request is executed once, its answer kept, and given to every request that is
 * the same but for its `visit`. `GET /recorded` tells the requests since the last one of these, in waves: those of a wave began before any of them was answered.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, type GraphQLSchema, parse } from 'graphql';
import { SHOP } from './shop.ts';

/** A request as it came. */
export interface Recorded {
  readonly subgraph: string;
  readonly body: string;
}

const VISIT = /"visit":"[^"]*"/g;
/** So many are kept; more only come when nobody asks for them. */
const RECORDED = 100;

const schemas = new Map(SHOP.map(({ name, typeDefs, resolvers }) => [name, buildSubgraphSchema({ typeDefs: parse(typeDefs), resolvers })]));
const answers = new Map<string, Buffer>();
let waves: Recorded[][] = [];
let open = 0;
let answered = true;

createServer((request, response) => {
  const name = (request.url ?? '').slice(1);
  if (name === 'recorded') {
    end(response, Buffer.from(JSON.stringify(waves)));
    waves = [];
    return;
  }
  const schema = schemas.get(name);
  if (schema === undefined || request.method !== 'POST') {
    response.writeHead(404).end();
    return;
  }
  void answer(name, schema, request, response);
}).listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));

async function answer(name: string, schema: GraphQLSchema, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  record({ subgraph: name, body });
  open++;
  const key = `${name} ${body.replaceAll(VISIT, '')}`;
  let kept = answers.get(key);
  if (kept === undefined) {
    const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> };
    kept = Buffer.from(JSON.stringify(await graphql({ schema, source: query, variableValues: variables ?? {} })));
    answers.set(key, kept);
  }
  end(response, kept);
  open--;
  answered = true;
}

function record(request: Recorded): void {
  if (waves.length >= RECORDED) return;
  if (answered && open === 0) waves.push([]);
  answered = false;
  waves.at(-1)?.push(request);
}

function end(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}
