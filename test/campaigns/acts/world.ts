/**
 * What should be after a sequence of acts, kept in memory. Written from domain.md and from the descriptions in the schemas alone: it shares no
 * rule, no table of transitions and no check with the product, so that a fault there is no fault here.
 */

/** A record or an input; moments of records are text as in JSON. */
export type Values = Record<string, unknown>;

/** What events call the kinds of records. */
export type Kind = 'call' | 'case' | 'handover' | 'victim' | 'support' | 'agency' | 'plan';

/** What an act leaves besides the record. */
export interface ModelEvent {
  readonly kind: Kind;
  readonly recordId: string;
  readonly act: string;
  readonly state: string | null;
  readonly at: string;
  readonly agency: string;
  readonly actor: string;
  readonly changes: readonly { readonly field: string; readonly from: unknown; readonly to: unknown }[];
}

/** What an act must answer: refusals as `CODE path`, the record as it is then. */
export interface Outcome {
  readonly refusals: readonly string[];
  readonly record: Values | null;
}

/** What an act does when nothing speaks against it. */
export interface Done {
  /** The record as it is then, its version apart. */
  readonly record: Values;
  readonly at: Date;
  readonly state?: string;
  readonly reason?: unknown;
  /** What changed, where it does not stand in the record. */
  readonly changes?: ModelEvent['changes'];
}

/** What an act is told that it cannot know: the clock of the database, and the id of the record that it makes. */
export interface Told {
  readonly now: Date;
  readonly id: string;
}

/** One act as it should be. */
export interface ModelAct {
  readonly kind: Kind;
  /** Faults that the words alone have, whatever the records say. */
  readonly form: (input: Values) => readonly string[];
  /** Whether it changes the record that `input.id` names; otherwise it makes one. */
  readonly changes: boolean;
  /** Whether null is something else than nothing, as where it takes something away. */
  readonly nullSays?: boolean;
  /** Whether the agency may do it to the record. */
  readonly may?: (world: World, record: Values, agency: string) => boolean;
  readonly rest: (world: World, record: Values | null, input: Values, told: Told) => Done | readonly string[];
}

/** All that there is for one sequence: its records, and the agencies and provinces that the services know. */
export class World {
  readonly records = new Map<string, { readonly kind: Kind; values: Values }>();
  readonly events: ModelEvent[] = [];
  readonly answers = new Map<string, { readonly words: string; readonly outcome: Outcome }>();
  /** Ids of agencies with the type that the services know of them. */
  readonly agencies: Map<string, string | null>;
  readonly provinces: ReadonlyMap<string, { readonly from: string | null; readonly to: string | null }>;

  constructor(agencies: ReadonlyMap<string, string | null>, provinces: World['provinces']) {
    this.agencies = new Map(agencies);
    this.provinces = provinces;
  }

  /** Records of a kind, the first made first. */
  all(kind: Kind): Values[] {
    return [...this.records.values()].filter((record) => record.kind === kind).map(({ values }) => values);
  }

  find(kind: Kind, id: unknown): Values | null {
    const found = this.records.get(String(id).toLowerCase());
    return found?.kind === kind ? found.values : null;
  }

  /** Does the act, or refuses it. */
  perform(service: string, name: string, act: ModelAct, input: Values, told: Told): Outcome {
    const form = [...commonForm(input), ...act.form(input)];
    if (form.length > 0) return refused(form);
    // Each service has keys of its own, and each agency.
    const key = `${service}\n${input['agencyId']}\n${input['clientMutationId']}`;
    const { casePass, ...done } = input;
    const words = `${name} ${inWords(done, act.nullSays ?? false)}`;
    const answered = this.answers.get(key);
    // A pass that is no good is refused before anything else, but what was done was done.
    if (casePass && !showsCase(input) && answered?.words !== words) return refused(['WRONG_AGENCY casePass']);
    if (answered !== undefined) return answered.words === words ? answered.outcome : refused(['KEY_REUSED clientMutationId']);
    const outcome = this.#performOnce(name, act, input, told);
    this.answers.set(key, { words, outcome });
    return outcome;
  }

  #performOnce(name: string, act: ModelAct, input: Values, told: Told): Outcome {
    const agency = String(input['agencyId']);
    if (!this.agencies.has(agency)) return refused(['NOT_FOUND']);
    const before = act.changes ? this.find(act.kind, input['id']) : null;
    if (before !== null) {
      if (act.may && !act.may(this, before, agency)) return refused(['WRONG_AGENCY id']);
      const expected = input['ifVersion'];
      if (typeof expected === 'number' && expected !== before['version']) return { refusals: ['CONFLICT ifVersion'], record: before };
    }
    const done = act.rest(this, before, input, told);
    if (isRefusal(done)) return refused(done);
    const old = this.find(act.kind, done.record['id']);
    const record = { ...done.record, version: old === null ? 1 : Number(old['version']) + 1 };
    this.records.set(String(done.record['id']), { kind: act.kind, values: record });
    const changes = [...(done.changes ?? difference(old, record)), ...(done.reason ? [{ field: 'reason', from: null, to: done.reason }] : [])];
    this.events.push({
      kind: act.kind,
      recordId: String(record['id' as keyof typeof record]),
      act: name,
      state: done.state ?? null,
      at: done.at.toISOString(),
      agency,
      actor: String(input['actor']),
      changes,
    });
    return { refusals: [], record };
  }
}

/** What differs, by field; what is empty is nothing. */
export function difference(before: Values | null, after: Values): ModelEvent['changes'] {
  const value = (from: unknown) => (from === undefined || (Array.isArray(from) && from.length === 0) ? null : from);
  return Object.keys(after)
    .filter((field) => !['id', 'version'].includes(field))
    .map((field) => ({ field, from: value(before?.[field]), to: value(after[field]) }))
    .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
}

/** Whether a pass is shown for the case that a person is put to. */
export function showsCase({ caseId, casePass }: Values): boolean {
  return Boolean(caseId) && casePass === 'good';
}

function refused(refusals: readonly string[]): Outcome {
  return { refusals, record: null };
}

function isRefusal(done: Done | readonly string[]): done is readonly string[] {
  return Array.isArray(done);
}

/** What was said, the order of the arguments apart; null mostly says nothing. */
function inWords(input: Values, nullSays: boolean): string {
  const said = Object.entries(input).filter(([, value]) => value !== undefined && (value !== null || nullSays));
  return JSON.stringify(said.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function commonForm(input: Values): string[] {
  const line = (name: string) => {
    const text = String(input[name]);
    if (text === '') return [`REQUIRED ${name}`];
    if (text.length > 200) return [`TOO_LONG ${name}`];
    return isDamaged(text) || /[\n\t]/.test(text) ? [`INVALID ${name}`] : [];
  };
  return line('clientMutationId');
}

/** Whether it may be the name of an agency, a plan or a province. */
export function isName(id: unknown): boolean {
  return typeof id === 'string' && id.length <= 64 && /^[A-Za-z0-9][A-Za-z0-9:._-]*$/.test(id);
}

/** Control characters other than line breaks and tabs, and halves of surrogate pairs. */
export function isDamaged(text: string): boolean {
  if (!text.isWellFormed()) return true;
  return [...text].some((letter) => {
    const code = letter.charCodeAt(0);
    return (code < 32 && letter !== '\n' && letter !== '\t') || (code >= 127 && code < 160);
  });
}

/** Faults of free text; `missing` is the code when it must be there. */
export function textFaults(name: string, text: unknown, missing?: string, max = 1000): string[] {
  if (typeof text !== 'string' || text.trim() === '') return missing ? [`${missing} ${name}`] : [];
  if (text.length > max) return [`TOO_LONG ${name}`];
  return isDamaged(text) ? [`INVALID ${name}`] : [];
}

const DIGITS: Partial<Record<Kind, string>> = { call: '1', case: '2', handover: '3', victim: '4', support: '5' };

/** Whether it is the id of a record of this kind, going by its form. */
export function isIdOf(kind: Kind, id: unknown): boolean {
  return isRecordId(id) && id.charAt(15) === DIGITS[kind];
}

/** Faults of an id that must be one of `kind`, whether or not there is such a record. */
export function idFaults(name: string, id: unknown, kind: Kind): string[] {
  if (isIdOf(kind, id)) return [];
  return isRecordId(id) && '12345'.includes(id.charAt(15)) ? [`WRONG_TYPE ${name}`] : [`NOT_FOUND ${name}`];
}

function isRecordId(id: unknown): id is string {
  return typeof id === 'string' && /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.test(id);
}

/** Faults of a list in which something stands twice. */
export function twice(name: string, list: unknown): string[] {
  return Array.isArray(list) && list.some((value, i) => list.indexOf(value) !== i) ? [`INVALID ${name}`] : [];
}

/** Faults of a moment that has not come; clocks may be a minute ahead. */
export function inFuture(name: string, moment: unknown, now: Date): string[] {
  return moment instanceof Date && moment.getTime() - now.getTime() > 60_000 ? [`IN_FUTURE ${name}`] : [];
}

/** Faults of a moment that must not come before another (a Date, or text of a record). */
export function tooEarly(name: string, moment: unknown, earliest: unknown): string[] {
  if (!(moment instanceof Date) || !earliest) return [];
  return moment.getTime() < new Date(earliest as string).getTime() ? [`OUT_OF_ORDER ${name}`] : [];
}

/** Faults of a province at a moment: it must be known, and have been there on that day in Vietnam, seven hours ahead of UTC. */
export function provinceFaults(world: World, name: string, id: unknown, moment: Date): string[] {
  if (id === null || id === undefined) return [];
  const province = world.provinces.get(String(id));
  if (province === undefined) return [`NOT_FOUND ${name}`];
  const day = new Date(moment.getTime() + 7 * 3_600_000).toISOString().slice(0, 10);
  return day < (province.from ?? '0000') || day > (province.to ?? '9999') ? [`INVALID ${name}`] : [];
}

/** The moment as records have it in JSON. */
export function iso(moment: unknown): string | null {
  return moment instanceof Date ? moment.toISOString() : null;
}
