/**
 * The limit: the calls that a gateway makes for the operation, in the same waves, and nothing else; each answer is parsed, and one as large as
 * the gateway's is written. `node direct.ts <file> <port>`; the file holds the calls as bare Apollo made them, and the answer.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Pool } from 'undici';
import type { Recorded } from './subgraphs.ts';

/** What the process is given in the file. */
export interface DirectCalls {
  readonly origin: string;
  readonly waves: readonly (readonly Recorded[])[];
  readonly answer: unknown;
  /** The visit of the recorded calls, which each request replaces by its own. */
  readonly visit: string;
}

const [file = '', port] = process.argv.slice(2);
const { origin, waves, answer, visit } = JSON.parse(readFileSync(file, 'utf8')) as DirectCalls;
const pool = new Pool(origin, { connections: 64 });

createServer(async (request, response) => {
  // Somebody asks whether it is there.
  if (request.method !== 'POST') {
    response.end();
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const asked = JSON.parse(Buffer.concat(chunks).toString()) as { variables: { visit: string } };
  for (const wave of waves) await Promise.all(wave.map((call) => send(call, asked.variables.visit)));
  const body = Buffer.from(JSON.stringify(answer));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}).listen(Number(port), '127.0.0.1');

async function send({ subgraph, body: recorded }: Recorded, own: string): Promise<unknown> {
  const { body } = await pool.request({
    method: 'POST',
    path: `/${subgraph}`,
    headers: { 'content-type': 'application/json' },
    body: recorded.replaceAll(`"${visit}"`, `"${own}"`),
  });
  return JSON.parse(await body.text());
}
