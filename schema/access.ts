/**
 * Who may do what, as data that is reviewed like code: scopes, the roles that have them, and the purposes for which data is asked. A caller's
 * token names roles and an agency; the gateway turns roles into scopes by this file alone. Every subgraph narrows them by the grants that its
 * ministry keeps (subgraphs/<name>/grants.json), which the gateway cannot widen.
 */

/** What a caller may be allowed, one by one; directives on the schema's fields name them. */
export const SCOPES = {
  'reference:read': 'Provinces, agencies and plans: reference data without records.',
  'statistics:exact': 'Exact figures across agencies.',
  'calls:read': "The own agency's calls.",
  'calls:act': "Recording and correcting the own agency's calls.",
  'cases:read': "The own agency's cases and handovers, and cases handed over to it.",
  'cases:act': 'Opening, handing over and working on cases.',
  'cases:all': "All agencies' cases and handovers, without personal details.",
  'victims:read': 'Case data of the persons of the own agency and of cases handed over to it. Never a name: that is not in the graph.',
  'victims:act': 'Registering persons and correcting what is recorded of them.',
  'victims:identify': 'Deciding whether a person is a victim.',
  'supports:act': 'Beginning and ending support.',
  'agencies:act': 'Keeping the register of agencies and plans.',
  'access-log:read': 'Who read a record.',
  'graph:query': 'Operations that are no trusted documents.',
  'graph:explore': 'Introspection, and suggestions in messages.',
} as const satisfies Record<string, string>;

/** One of {@link SCOPES}. */
export type Scope = keyof typeof SCOPES;

/** Roles by the name that tokens give them; several add up. `public` is everybody's, also without a token. */
export const ROLES = {
  public: ['reference:read'],
  dashboard: ['reference:read'],
  officer: ['reference:read', 'calls:read', 'calls:act', 'cases:read', 'cases:act', 'victims:read', 'victims:act', 'victims:identify', 'supports:act'],
  coordinator: ['reference:read', 'statistics:exact', 'cases:all', 'access-log:read', 'graph:query'],
  'data-protection-officer': ['reference:read', 'cases:all', 'access-log:read'],
  secretary: ['reference:read', 'agencies:act'],
  developer: ['reference:read', 'graph:query', 'graph:explore'],
} as const satisfies Record<string, readonly Scope[]>;

/** One of {@link ROLES}. */
export type Role = keyof typeof ROLES;

/** What data may be asked for; said with the request, recorded with every access. */
export const PURPOSES = {
  COORDINATION: { vi: 'Phối hợp liên ngành', en: 'Coordination between agencies' },
  CASE_WORK: { vi: 'Giải quyết vụ việc', en: 'Work on a case' },
  INVESTIGATION: { vi: 'Xác minh, điều tra', en: 'Verification and investigation' },
  SUPPORT: { vi: 'Hỗ trợ nạn nhân', en: 'Support of victims' },
  STATISTICS: { vi: 'Thống kê', en: 'Statistics' },
  OVERSIGHT: { vi: 'Giám sát, bảo vệ dữ liệu', en: 'Oversight and data protection' },
} as const satisfies Record<string, { vi: string; en: string }>;

/** One of {@link PURPOSES}. */
export type Purpose = keyof typeof PURPOSES;

/** What `@policy` may name: conditions of a request that are no scopes. */
export const POLICIES = {
  purpose: 'The request says for which purpose.',
} as const satisfies Record<string, string>;

/** One of {@link POLICIES}. */
export type Policy = keyof typeof POLICIES;

/** The scopes of roles, in the order of {@link SCOPES}; roles that are not known have none. */
export function scopesOf(roles: readonly string[]): Scope[] {
  const given = new Set<string>(roles.flatMap((role) => (isRole(role) ? ROLES[role] : [])));
  return (Object.keys(SCOPES) as Scope[]).filter((scope) => given.has(scope));
}

/** Whether the name is one of {@link ROLES}. */
export function isRole(name: unknown): name is Role {
  return typeof name === 'string' && Object.hasOwn(ROLES, name);
}

/** Whether the name is one of {@link SCOPES}. */
export function isScope(name: unknown): name is Scope {
  return typeof name === 'string' && Object.hasOwn(SCOPES, name);
}

/** Whether the name is one of {@link PURPOSES}. */
export function isPurpose(name: unknown): name is Purpose {
  return typeof name === 'string' && Object.hasOwn(PURPOSES, name);
}

/** Whether the name is one of {@link POLICIES}. */
export function isPolicy(name: unknown): name is Policy {
  return typeof name === 'string' && Object.hasOwn(POLICIES, name);
}
