import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { Caller } from '#schema/identity.ts';
import { GrantsError, grantedTo, openGrants, readGrants } from '#shared/access/grants.ts';

const folder = mkdtempSync(join(tmpdir(), 'grants-'));
const file = join(folder, 'grants.json');
afterEach(() => void vi.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true }));

const OFFICER: Caller = { subject: 'p-1', agency: 'c02', scopes: ['reference:read', 'calls:read', 'cases:read'], purpose: 'CASE_WORK' };
const ALL = { agency: '*', purposes: '*', scopes: ['reference:read'], fields: ['*'], records: 'own' } as const;
const READ = { agency: 'c02', purposes: ['CASE_WORK'], scopes: ['calls:read'], fields: ['Call.*', 'Query.call'], records: 'all' } as const;

const write = (content: unknown, seconds = Date.now() / 1000) => {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  utimesSync(file, seconds, seconds);
};

describe("a ministry's grants", () => {
  it('narrow what the gateway says and never widen it', () => {
    const grants = { grants: [ALL, { ...READ, scopes: ['calls:read', 'calls:act'] as const }], revoked: [] };
    const { caller, all } = grantedTo(grants, OFFICER);
    expect(caller.scopes).toEqual(['reference:read', 'calls:read']);
    expect(all).toBe(true);
  });

  it('hold for the agency and the purpose that they name', () => {
    const grants = { grants: [ALL, READ], revoked: [] };
    expect(grantedTo(grants, { ...OFFICER, agency: 'hlhpn' })).toMatchObject({ caller: { scopes: ['reference:read'] }, all: false });
    expect(grantedTo(grants, { ...OFFICER, purpose: 'STATISTICS' }).caller.scopes).toEqual(['reference:read']);
    expect(grantedTo(grants, { ...OFFICER, purpose: null }).caller.scopes).toEqual(['reference:read']);
    expect(grantedTo(grants, { ...OFFICER, agency: null }).caller.scopes).toEqual(['reference:read']);
  });

  it('give the fields that they name, and only with a scope that the caller has', () => {
    const { field } = grantedTo({ grants: [READ], revoked: [] }, OFFICER);
    expect(['Call.id', 'Query.call', 'Query.calls', 'Agency.id'].map(field)).toEqual([true, true, false, false]);
    expect(grantedTo({ grants: [READ], revoked: [] }, { ...OFFICER, scopes: ['cases:read'] }).field('Call.id')).toBe(false);
  });

  it('give a revoked agency nothing, also not what everybody has', () => {
    const { caller, all, field } = grantedTo({ grants: [ALL, READ], revoked: ['c02'] }, OFFICER);
    expect({ scopes: caller.scopes, all, field: field('Call.id') }).toEqual({ scopes: [], all: false, field: false });
  });

  it('are read again within a minute, as for a revocation', () => {
    const clock = vi.spyOn(performance, 'now');
    clock.mockReturnValue(0);
    write({ grants: [ALL, READ] }, 1);
    const granted = openGrants(file, pino({ level: 'silent' }));
    expect(granted(OFFICER).caller.scopes).toContain('calls:read');
    write({ grants: [ALL, READ], revoked: ['c02'] }, 2);
    clock.mockReturnValue(20_000);
    expect(granted(OFFICER).caller.scopes).toEqual([]);
  });

  it('stay as they were when the file becomes unreadable, and the log says so', () => {
    const clock = vi.spyOn(performance, 'now');
    clock.mockReturnValue(0);
    write({ grants: [ALL] }, 1);
    const lines: string[] = [];
    const granted = openGrants(file, pino({}, { write: (line) => void lines.push(line) }));
    write('{', 2);
    clock.mockReturnValue(20_000);
    expect(granted(OFFICER).caller.scopes).toEqual(['reference:read']);
    expect(lines.join()).toContain('the grants cannot be read');
  });

  it('are refused with everything that is wrong in the file', () => {
    write({ grants: [{ agency: 'A B', purposes: ['FUN'], scopes: ['everything'], fields: ['Call'], records: 'some', extra: 1 }], revoked: 'c02', more: 1 });
    expect(() => readGrants(file)).toThrow(GrantsError);
    let message = '';
    try {
      readGrants(file);
    } catch (error) {
      message = (error as Error).message;
    }
    for (const place of ['agency', 'purposes', 'scopes', 'fields', 'records', 'extra']) expect(message).toContain(`grants[0].${place}`);
    expect(message).toContain('revoked: expected');
    expect(message).toContain('more: expected');
  });

  it.each(['agencies', 'calls', 'referrals', 'victims'])('of %s are as they must be', (name) => {
    const { grants } = readGrants(join(import.meta.dirname, '../../../../subgraphs', name, 'grants.json'));
    expect(grants.length).toBeGreaterThan(0);
  });
});
