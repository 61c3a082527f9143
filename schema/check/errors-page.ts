import { ERRORS } from '../errors.ts';

/** The reference page of the error catalogue, in its order; each code has a heading, so that it can be linked to. */
export function errorsPage(): string {
  const entries = Object.entries(ERRORS).map(([code, { meaning, action }]) => `## ${code}\n\n${meaning}\n\n**What to do:** ${action}\n`);
  return [
    '<!-- Made from schema/errors.ts by `npm run schema:compose`. Not to be edited by hand. -->\n',
    '# Errors\n',
    'What can stand in `errors[].extensions.code` of an answer. `message` says what was expected and what came, `path` which part of the answer is missing.\n',
    ...entries,
  ].join('\n');
}
