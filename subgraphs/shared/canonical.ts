/**
 * JSON with names in order and nothing that is undefined: how a value was written makes no other text of it (RFC 8785, but for numbers, of which
 * only whole ones are given). `nullSays`: whether null says something else than nothing; otherwise it is left out too.
 */
export function canonical(value: unknown, nullSays: boolean): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(
      Object.entries(inner)
        .filter(([, own]) => own !== undefined && (own !== null || nullSays))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  });
}
