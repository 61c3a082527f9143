/** What clients ask: lives of cases, each act under a key of its own, asked until it is answered, often by two or three clients at once. */
import { type KeyObject, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { acting } from '../../testkit/acting.ts';
import { hopHeaders } from '../../testkit/hop.ts';

/** An act that was asked, with all answers that clients had. */
export interface Asked {
  readonly act: string;
  /** Who asks: nobody else ever does, so that events tell which act left them. */
  readonly actor: string;
  readonly agency: keyof typeof AGENCIES;
  readonly input: Readonly<Record<string, unknown>>;
  /** Payloads as JSON. */
  readonly answers: string[];
}

/** What a mutation answers. */
export interface Answered {
  readonly record: { readonly id: string; readonly version: number } | null;
  readonly userErrors: readonly { readonly code: string }[];
}

/** The agencies of the campaign, with their types. */
export const AGENCIES = { hotline: 'CHILD_PROTECTION', police: 'POLICE', union: 'WOMENS_UNION' } as const;

const FIELDS = {
  case: 'id version stage openedAt closedAt',
  handover: 'id version state legalBasis createdAt sentAt acknowledgedAt acceptedAt startedAt completedAt rejectedAt revokedAt rejectionReason',
};

/** How long one request may take, and how long an act may remain without an answer; in milliseconds. */
const REQUEST = 15_000;

/** Asks the replicas; everything that was asked is kept in `asked`. */
export class Clients {
  readonly asked: Asked[] = [];
  readonly problems: string[] = [];
  retries = 0;
  readonly #urls: readonly string[];
  readonly #random: () => number;
  readonly #patience: number;
  readonly #gatewayKey: KeyObject;

  /** `gatewayKey` signs for whom it is asked, as the gateway does. */
  constructor(urls: readonly string[], gatewayKey: KeyObject, random: () => number, patience: number) {
    this.#urls = urls;
    this.#gatewayKey = gatewayKey;
    this.#random = random;
    this.#patience = patience;
  }

  /** Asks for an act until it is answered; sometimes several clients do so at once, under the same key. */
  async ask(act: string, agency: keyof typeof AGENCIES, input: Record<string, unknown>): Promise<Answered> {
    const asked: Asked = { act, actor: `client-${this.asked.length}`, agency, input: { clientMutationId: randomUUID(), ...input }, answers: [] };
    this.asked.push(asked);
    const copies = [1, 1, 1, 1, 1, 1, 2, 2, 2, 3][Math.floor(this.#random() * 10)] ?? 1;
    await Promise.all(Array.from({ length: copies }, () => this.askAgain(asked)));
    return JSON.parse(asked.answers[0] ?? '');
  }

  /** Asks for an act that must be done. */
  async must(act: string, agency: keyof typeof AGENCIES, input: Record<string, unknown>): Promise<{ id: string; version: number }> {
    const { record, userErrors } = await this.ask(act, agency, input);
    if (record === null || userErrors.length > 0) throw new Error(`${act} was refused: ${userErrors.map(({ code }) => code)}`);
    return record;
  }

  /** Asks once more for what was asked before; of a certain replica, or of one after the other. */
  async askAgain(asked: Asked, replica?: number): Promise<void> {
    const until = Date.now() + this.#patience;
    while (Date.now() < until) {
      const url = this.#urls[replica ?? Math.floor(this.#random() * this.#urls.length)] ?? '';
      const answer = await request(url, asked, this.#gatewayKey).catch(() => undefined);
      if (answer !== undefined) return void asked.answers.push(answer);
      this.retries += 1;
      await sleep(50 + this.#random() * 350);
    }
    throw new Error(`no answer to ${asked.act} within ${this.#patience} ms`);
  }
}

/** The payload as JSON; undefined when there is none, whatever the reason. */
async function request(url: string, { act, actor, agency, input }: Asked, gatewayKey: KeyObject): Promise<string | undefined> {
  const [kind, type] = act.startsWith('case') ? (['case', act] as const) : (['handover', act] as const);
  const named = /^handover(Acknowledge|Accept|Start|Complete)$/.test(type) ? 'HandoverAct' : type.charAt(0).toUpperCase() + type.slice(1);
  const query = `mutation Act($input: ${named}Input!) { ${act}(input: $input) { record { ${FIELDS[kind]} } userErrors { code message path } } }`;
  const body = JSON.stringify({ query, variables: { input } });
  const headers = await hopHeaders(gatewayKey, 'referrals', body, acting(agency, actor).caller);
  const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(REQUEST) });
  const { data } = (await response.json()) as { data?: Record<string, unknown> | null };
  return data?.[act] ? JSON.stringify(data[act]) : undefined;
}

/** The lives that a case may have, in turn. */
export const LIVES: readonly ((clients: Clients) => Promise<void>)[] = [completed, redirected, contended];

/** From the first verification to the end, and open once more. */
async function completed(clients: Clients): Promise<void> {
  const { id } = await clients.must('caseOpen', 'hotline', {});
  await clients.must('caseAdvance', 'hotline', { id, stage: 'VERIFYING', ifVersion: 1 });
  const handover = (await clients.must('handoverDraft', 'hotline', { caseId: id, toAgencyId: 'police', legalBasis: 'STATUTORY_REPORT' })).id;
  await clients.must('handoverSend', 'hotline', { id: handover, ifVersion: 1 });
  for (const step of ['Acknowledge', 'Accept', 'Start', 'Complete']) await clients.must(`handover${step}`, 'police', { id: handover });
  for (const stage of ['IDENTIFIED', 'SUPPORTING', 'CLOSED']) await clients.must('caseAdvance', 'police', { id, stage });
  await clients.must('caseReopen', 'hotline', { id, reason: 'có thông tin mới' });
}

/** Rejected by one agency, redirected to another, and taken back. */
async function redirected(clients: Clients): Promise<void> {
  const { id: caseId } = await clients.must('caseOpen', 'hotline', {});
  const { id } = await clients.must('handoverDraft', 'hotline', { caseId, toAgencyId: 'union', legalBasis: 'CONSENT' });
  await clients.must('handoverSend', 'hotline', { id });
  await clients.must('handoverReject', 'union', { id, reason: 'NO_CAPACITY', note: 'đã đầy' });
  const other = (await clients.must('handoverRedirect', 'hotline', { id, toAgencyId: 'police', legalBasis: 'VITAL_INTEREST' })).id;
  await clients.must('handoverSend', 'hotline', { id: other });
  await clients.must('handoverRevoke', 'hotline', { id: other, reason: 'gửi nhầm' });
}

/** Many acts on one case and its handovers at once: of those that exclude each other one is done. */
async function contended(clients: Clients): Promise<void> {
  const { id } = await clients.must('caseOpen', 'hotline', {});
  const drafts = [1, 2, 3, 4].map(() => clients.must('handoverDraft', 'hotline', { caseId: id, toAgencyId: 'police', legalBasis: 'STATUTORY_REPORT' }));
  const handovers = (await Promise.all(drafts)).map((handover) => handover.id);
  await Promise.all([
    ...handovers.map((handover) => clients.must('handoverSend', 'hotline', { id: handover })),
    onlyOne(
      clients,
      [1, 2, 3].map(() => ['caseAdvance', 'hotline', { id, stage: 'VERIFYING', ifVersion: 1 }] as const),
    ),
  ]);
  await Promise.all([
    ...handovers.map((handover) =>
      onlyOne(clients, [
        ['handoverReject', 'police', { id: handover, reason: 'DUPLICATE' }],
        ['handoverAcknowledge', 'police', { id: handover, ifVersion: 2 }],
        ['handoverRevoke', 'hotline', { id: handover, reason: 'gửi nhầm', ifVersion: 2 }],
      ]),
    ),
    onlyOne(
      clients,
      ['RESCUING', 'IDENTIFIED', 'NOT_IDENTIFIED'].map((stage) => ['caseAdvance', 'hotline', { id, stage, ifVersion: 2 }] as const),
    ),
  ]);
}

/** Asks for acts that exclude each other, at once. */
async function onlyOne(
  clients: Clients,
  acts: readonly (readonly [act: string, agency: keyof typeof AGENCIES, input: Record<string, unknown>])[],
): Promise<void> {
  const answers = await Promise.all(acts.map((act) => clients.ask(...act)));
  const done = answers.filter(({ userErrors }) => userErrors.length === 0).length;
  const wrong = answers.flatMap(({ userErrors }) => userErrors).filter(({ code }) => code !== 'CONFLICT' && code !== 'WRONG_STATE');
  // A rejection may come after an acknowledgement; it has no version to hold it to.
  const most = acts.some(([act]) => act === 'handoverReject') && acts.some(([act]) => act === 'handoverAcknowledge') ? 2 : 1;
  if (done < 1 || done > most || wrong.length > 0) throw new Error(`of ${acts.map(([act]) => act)} were done: ${done}; refused: ${JSON.stringify(wrong)}`);
}
