import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';

/** What came of one request. */
export interface Outcome {
  /** What it was, for the load's own sums. */
  readonly kind: string;
  /** HTTP's status; 0 where no answer came. */
  readonly status: number;
  /** The codes of the answer's errors. */
  readonly codes: readonly string[];
  /** When it was sent, in milliseconds since the load began. */
  readonly at: number;
  readonly milliseconds: number;
}

/** A request that a load sends. */
export interface Sending {
  readonly kind: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A load: so many requests a second, at even times, whether or not those before have been answered. */
export interface Load {
  readonly perSecond: number;
  readonly seconds: number;
  readonly request: (index: number) => Sending;
}

/** How often a load looks which requests are due; in milliseconds. */
const TICK = 5;

/** Sends a load and waits for all answers. */
export async function send({ perSecond, seconds, request }: Load): Promise<Outcome[]> {
  const agent = new Agent({ connections: 512, pipelining: 1 });
  const outcomes: Promise<Outcome>[] = [];
  const begun = performance.now();
  const total = Math.round(perSecond * seconds);
  while (outcomes.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - begun) / 1000) * perSecond));
    while (outcomes.length < due) outcomes.push(sendOne(agent, request(outcomes.length), begun));
    await sleep(TICK);
  }
  const all = await Promise.all(outcomes);
  await agent.close();
  return all;
}

/** The value below which a share of all lies. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
}

async function sendOne(agent: Agent, { kind, url, headers, body }: Sending, begun: number): Promise<Outcome> {
  const { origin, pathname } = new URL(url);
  const started = performance.now();
  const ended = (status: number, codes: readonly string[]) => ({ kind, status, codes, at: started - begun, milliseconds: performance.now() - started });
  try {
    const answer = await agent.request({ origin, path: pathname, method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
    const { errors = [] } = (await answer.body.json()) as { errors?: readonly { extensions: { code: string } }[] };
    return ended(
      answer.statusCode,
      errors.map(({ extensions }) => extensions.code),
    );
  } catch (error) {
    return ended(0, [String((error as NodeJS.ErrnoException).code ?? error)]);
  }
}
