import { describe, expect, it } from 'vitest';
import { permitKeeper } from '#shared/acts/refusals.ts';

describe('a record', () => {
  it.each([
    [null, 'a', []],
    ['a', 'a', []],
    ['a', 'b', [{ code: 'WRONG_AGENCY', path: ['input', 'id'] }]],
  ])('made by %s, changed by %s: %j', (keeper, agency, errors) => {
    expect(permitKeeper({ agency: keeper }, { clientMutationId: 'k' }, { agency })).toMatchObject(errors);
    expect(permitKeeper({ agency: keeper }, { clientMutationId: 'k' }, { agency })).toHaveLength(errors.length);
  });
});
