import { createHash } from 'node:crypto';
import { SCOPES, type Scope } from '#schema/access.ts';
import type { Caller } from '#schema/identity.ts';
import type { ActParts } from '#shared/acts/perform.ts';
import { openReach } from '#shared/reach.ts';

/** With which tests that need no whole service make and verify passes. */
export const PASS_KEY = createHash('sha256').update('passes of tests').digest();

/** An officer of an agency who may do and see everything: who does an act without a service around it, and without an access log. */
export function acting(agency: string, subject = 'officer-1'): Pick<ActParts, 'caller' | 'reach' | 'passKey' | 'recordAct'> {
  const caller: Caller = { subject, agency, scopes: Object.keys(SCOPES) as Scope[], purpose: 'CASE_WORK' };
  return { caller, reach: openReach(caller, true), passKey: PASS_KEY, recordAct: async () => undefined };
}
