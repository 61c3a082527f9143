import type { AccessRule } from '#schema/access-rule.ts';

type Lists = readonly (readonly string[])[];

/** Whether every caller who fulfils all of `given` fulfils all of `asked`. */
export function impliesAll(given: readonly AccessRule[], asked: readonly AccessRule[]): boolean {
  const scopes = conjunction(given.map((rule) => rule.scopes));
  const policies = conjunction(given.map((rule) => rule.policies));
  const authenticated = given.some((rule) => rule.authenticated);
  return asked.every((rule) => (authenticated || !rule.authenticated) && covers(scopes, rule.scopes) && covers(policies, rule.policies));
}

/** Every way to have one list of each: OR of AND for AND of (OR of AND). */
function conjunction(all: readonly (Lists | null)[]): Lists {
  let ways: string[][] = [[]];
  for (const lists of all.filter((some) => some !== null)) {
    const next = ways.flatMap((way) => lists.map((list) => [...new Set([...way, ...list])].sort()));
    ways = [...new Map(next.map((way) => [JSON.stringify(way), way])).values()];
  }
  return ways;
}

function covers(ways: Lists, asked: Lists | null): boolean {
  return asked === null || ways.every((way) => asked.some((list) => list.every((name) => way.includes(name))));
}
