import { resolve } from 'node:path';
import type { Purpose, Role } from '#schema/access.ts';
import { developmentKey } from '#schema/development-keys.ts';
import { PURPOSE_HEADER } from '#schema/identity.ts';
import { type DevelopmentHolder, developmentToken } from '../../gateway/development/tokens.ts';

/** On whose behalf a test asks, and for what. `purpose: null` says none. */
export interface AskAs extends DevelopmentHolder {
  readonly purpose?: Purpose | null;
}

const ROLES: readonly Role[] = ['officer', 'coordinator', 'secretary', 'developer', 'data-protection-officer'];

/** Someone who may everything, at one of the demo records' agencies: for tests of what is not about who asks. */
export const EVERYTHING: Required<AskAs> = { roles: ROLES, agency: 'c02', subject: 'test', purpose: 'COORDINATION' };

const PROJECT = resolve(import.meta.dirname, '../..');

/** A token that a gateway without an issuer takes; `place` is its data folder, or the environment that names this. */
export function tokenFor(place: NodeJS.ProcessEnv | string, holder: DevelopmentHolder, minutes?: number): Promise<string> {
  return developmentToken(developmentKey(dataFolderOf(place), 'issuer'), holder, minutes);
}

/** Where services that run in an environment have their keys of development. */
export function dataFolderOf(place: NodeJS.ProcessEnv | string): string {
  return typeof place === 'string' ? place : resolve(PROJECT, place['DATA_FOLDER'] || '.data');
}

/** Headers of a request `as` somebody; none for null, who is anybody. `issuer` makes the token, or is where {@link tokenFor} finds the key. */
export async function headersFor(issuer: NodeJS.ProcessEnv | string | ((as: AskAs) => Promise<string>), as: AskAs | null): Promise<Record<string, string>> {
  if (as === null) return {};
  const { purpose = 'COORDINATION' } = as;
  const token = await (typeof issuer === 'function' ? issuer(as) : tokenFor(issuer, as));
  return { authorization: `Bearer ${token}`, ...(purpose === null ? {} : { [PURPOSE_HEADER]: purpose }) };
}
