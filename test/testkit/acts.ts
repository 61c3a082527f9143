import { randomUUID } from 'node:crypto';
import { type Answer, ask, type Service } from './stack.ts';

/** What a mutation answers, or the errors of the answer where it gave none. */
export interface ActAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: tests read records by paths that they know.
  readonly record: any;
  readonly userErrors: readonly { code: string; message: string; path: string[] }[];
  readonly errors: Answer['errors'];
}

/** Does an act through GraphQL: `input` is completed with a key of its own and who acts. `select` is what is asked of the record. */
export async function act(service: Service, name: string, input: Record<string, unknown>, select = 'id version'): Promise<ActAnswer> {
  const query = `mutation Act($input: ${inputType(name)}!) { ${name}(input: $input) { clientMutationId record { ${select} } userErrors { code message path } } }`;
  const answer = await ask(service, query, { input: { clientMutationId: randomUUID(), actor: 'officer-1', ...input } });
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

function inputType(name: string): string {
  const step = /^handover(Acknowledge|Accept|Start|Complete)$/.test(name);
  return step ? 'HandoverActInput' : `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
}
