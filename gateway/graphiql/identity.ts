import { PURPOSES, type Role, ROLES } from '#schema/access.ts';
import { PURPOSE_HEADER } from '#schema/identity.ts';

interface Choice {
  readonly name: string;
  readonly vi: string;
  readonly en: string;
}

/** On whose behalf the page can ask. */
export interface IdentityChoices {
  /** Where the page gets tokens. */
  readonly tokens: string;
  readonly purposeHeader: string;
  readonly roles: readonly Choice[];
  readonly purposes: readonly Choice[];
  /** What is chosen at first: enough for every example, and for the documentation. */
  readonly usual: { readonly roles: readonly Role[]; readonly purpose: keyof typeof PURPOSES };
}

const ROLE_NAMES: Readonly<Record<Role, { vi: string; en: string }>> = {
  public: { vi: 'Công khai', en: 'Anybody' },
  dashboard: { vi: 'Bảng số liệu', en: 'Dashboard' },
  officer: { vi: 'Cán bộ', en: 'Officer' },
  coordinator: { vi: 'Người điều phối', en: 'Coordinator' },
  'data-protection-officer': { vi: 'Cán bộ bảo vệ dữ liệu', en: 'Data protection officer' },
  secretary: { vi: 'Thư ký', en: 'Secretary' },
  developer: { vi: 'Người phát triển', en: 'Developer' },
};

/** What the page lets one choose, with the path of the built-in issuer. */
export function identityChoices(tokens: string): IdentityChoices {
  return {
    tokens,
    purposeHeader: PURPOSE_HEADER,
    roles: (Object.keys(ROLES) as Role[]).map((name) => ({ name, ...ROLE_NAMES[name] })),
    purposes: Object.entries(PURPOSES).map(([name, names]) => ({ name, ...names })),
    usual: { roles: ['coordinator', 'developer'], purpose: 'COORDINATION' },
  };
}
