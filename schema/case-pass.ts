/**
 * The proof that an agency may see a case at present, made by the coordinating desk and shown to other ministries' services: they do not know
 * the handovers, and must not have to. It holds for a minute, so that a handover revoked is a pass no longer.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How long a pass holds; in seconds. */
export const PASS_LIFETIME = 60;

/** A pass for `agency` and the case `id`. `key`: 32 bytes that all subgraphs have; `now` in milliseconds. */
export function makeCasePass(key: Buffer, agency: string, id: string, now = Date.now()): string {
  const until = Math.floor(now / 1000) + PASS_LIFETIME;
  return `${until.toString(36)}.${mac(key, agency, id, until)}`;
}

/** Whether the pass is one for this agency and case, and still holds. */
export function isCasePass(key: Buffer, agency: string, id: string, pass: string, now = Date.now()): boolean {
  const [until, given, ...rest] = pass.split('.');
  const seconds = Number.parseInt(until ?? '', 36);
  if (rest.length > 0 || given === undefined || !Number.isSafeInteger(seconds) || seconds.toString(36) !== until) return false;
  const expected = Buffer.from(mac(key, agency, id, seconds));
  const received = Buffer.from(given);
  const genuine = received.length === expected.length && timingSafeEqual(received, expected);
  return genuine && seconds * 1000 >= now && seconds * 1000 <= now + (PASS_LIFETIME + 10) * 1000;
}

function mac(key: Buffer, agency: string, id: string, until: number): string {
  return createHmac('sha256', key)
    .update(JSON.stringify(['case pass', agency, id.toLowerCase(), until]))
    .digest('base64url');
}
