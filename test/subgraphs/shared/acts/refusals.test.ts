import { describe, expect, it } from 'vitest';
import { permitKeeper } from '#shared/acts/refusals.ts';

describe('a record', () => {
  it.each([
    [null, 'a', []],
    ['a', 'a', []],
    ['a', 'b', [{ code: 'WRONG_AGENCY', path: ['input', 'agencyId'] }]],
  ])('made by %s, changed by %s: %j', (agency, agencyId, errors) => {
    expect(permitKeeper({ agency }, { agencyId, actor: 'officer-1', clientMutationId: 'k' })).toMatchObject(errors);
    expect(permitKeeper({ agency }, { agencyId, actor: 'officer-1', clientMutationId: 'k' })).toHaveLength(errors.length);
  });
});
