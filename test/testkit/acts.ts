import { randomUUID } from 'node:crypto';
import { type Answer, ask, type Service } from './stack.ts';
import type { AskAs } from './tokens.ts';

/** What a mutation answers, or the errors of the answer where it gave none. */
export interface ActAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: tests read records by paths that they know.
  readonly record: any;
  readonly userErrors: readonly { code: string; message: string; path: string[] }[];
  readonly errors: Answer['errors'];
}

/**
 * Does an act through GraphQL. `input` is completed with a key of its own, and with the pass of the case that a person is put to; its `agencyId`
 * and `actor` are no arguments, but on whose behalf it is asked. `select` is what is asked of the record.
 */
export async function act(service: Service, name: string, given: Record<string, unknown>, select = 'id version'): Promise<ActAnswer> {
  const { agencyId, actor = 'officer-1', ...input } = given as Record<string, unknown> & { agencyId: string; actor?: string };
  const as: AskAs = { roles: ['officer', 'secretary', 'developer'], agency: agencyId, subject: actor, purpose: 'CASE_WORK' };
  const query = `mutation Act($input: ${inputType(name)}!) { ${name}(input: $input) { clientMutationId record { ${select} } userErrors { code message path } } }`;
  const pass = NEED_PASS.includes(name) && input['caseId'] && input['casePass'] === undefined ? { casePass: await passOf(service, input['caseId'], as) } : {};
  const answer = await ask(service, query, { input: { clientMutationId: randomUUID(), ...pass, ...input } }, {}, { as });
  const payload = answer.data?.[name];
  return { record: payload?.record ?? null, userErrors: payload?.userErrors ?? [], errors: answer.errors };
}

/** Does an act that must be done. @returns the record. */
// biome-ignore lint/suspicious/noExplicitAny: see ActAnswer.
export async function done(service: Service, name: string, input: Record<string, unknown>, select?: string): Promise<any> {
  const { record, userErrors, errors } = await act(service, name, input, select);
  if (record === null || userErrors.length > 0 || errors) throw new Error(`${name} was not done: ${JSON.stringify(userErrors)} ${JSON.stringify(errors)}`);
  return record;
}

/** Acts that put a person to a case. */
const NEED_PASS = ['victimRegister', 'victimUpdate'];

/** The pass of a case, as the caller has it; null where there is none. */
export async function passOf(gateway: Service, id: unknown, as: AskAs): Promise<string | null> {
  const { data } = await ask(gateway, 'query($id: ID!) { referralCase(id: $id) { pass } }', { id }, {}, { as });
  return data?.referralCase?.pass ?? null;
}

function inputType(name: string): string {
  const step = /^handover(Acknowledge|Accept|Start|Complete)$/.test(name);
  return step ? 'HandoverActInput' : `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
}
