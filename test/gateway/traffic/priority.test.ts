import { describe, expect, it } from 'vitest';
import { type Role, scopesOf } from '#schema/access.ts';
import { priorityOf } from '../../../gateway/traffic/priority.ts';

const ACT = 'mutation Accept { handoverAccept { record { id } } }';
const QUERY = 'query Cases { referralCases { totalCount } } # mutation';
const priority = (roles: Role[], query: string, name?: string) => priorityOf({ scopes: scopesOf(roles) }, query, name);

describe('the priority of an operation', () => {
  it.each([
    ['officer', ACT, 'act'],
    ['officer', QUERY, 'interactive'],
    ['coordinator', QUERY, 'interactive'],
    ['dashboard', QUERY, 'dashboard'],
    ['public', QUERY, 'dashboard'],
    ['secretary', ACT, 'act'],
  ] as const)('of %s with %s is %s', (role, query, expected) => {
    expect(priority([role], query)).toBe(expected);
  });

  it('is raised by no word of a request alone', () => {
    expect(priority(['public'], ACT)).toBe('dashboard');
    expect(priority(['coordinator'], ACT)).toBe('interactive');
    expect(priority(['officer'], `${ACT} ${QUERY}`, 'Cases')).toBe('interactive');
    expect(priority(['officer'], `${QUERY}\n${ACT}`, 'Accept')).toBe('act');
    expect(priority(['officer'], 'mutation {')).toBe('interactive');
  });
});
