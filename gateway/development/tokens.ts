import type { KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Role } from '#schema/access.ts';
import { DEVELOPMENT_AUDIENCE, DEVELOPMENT_ISSUER } from '../config.ts';

/** For whom a token of development is made. */
export interface DevelopmentHolder {
  readonly roles: readonly Role[];
  /** Id of an agency; null for none. By default that of {@link AGENCIES} for the first role that has one. */
  readonly agency?: string | null;
  readonly subject?: string;
}

/** Agencies of the demo records that have a role; other roles go without an agency. */
export const AGENCIES: Readonly<Partial<Record<Role, string>>> = {
  officer: 'c02',
  coordinator: 'cuc-tre-em',
  secretary: 'cuc-tre-em',
  'data-protection-officer': 'cuc-tre-em',
};

/** How long a token holds unless it is said; in minutes. */
export const MINUTES = 60;

/**
 * Makes a token that a gateway takes when it is configured without an issuer, and has the same key.
 * @param key the private key `issuer` of the data folder (developmentKey in #schema/development-keys.ts)
 */
export function developmentToken(key: KeyObject, holder: DevelopmentHolder, minutes = MINUTES): Promise<string> {
  const { roles, subject, agency } = withDefaults(holder);
  return new SignJWT({ roles, ...(agency === null ? {} : { agency }) })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt' })
    .setIssuer(DEVELOPMENT_ISSUER)
    .setAudience(DEVELOPMENT_AUDIENCE)
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(`${minutes} minutes`)
    .sign(key);
}

/** The holder with what goes without saying. */
export function withDefaults({ roles, subject, agency }: DevelopmentHolder): Required<DevelopmentHolder> {
  const usual = roles.flatMap((role) => AGENCIES[role] ?? [])[0] ?? null;
  return { roles, subject: subject ?? `dev-${roles.join('-') || 'nobody'}`.slice(0, 200), agency: agency === undefined ? usual : agency };
}
