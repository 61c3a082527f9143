/** Identities of made-up persons, the same in every run, and their rows in a database of victims. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { recordId } from '#shared/record-id.ts';
import type { Database } from '#shared/database.ts';
import { loadIdentityConfig } from '../../subgraphs/victims/identity/config.ts';
import { openVault as open } from '../../subgraphs/victims/identity/open.ts';
import type { Officer, Vault } from '../../subgraphs/victims/identity/vault.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const FAMILIES = [
  'Nguyễn',
  'Trần',
  'Lê',
  'Phạm',
  'Hoàng',
  'Huỳnh',
  'Phan',
  'Vũ',
  'Võ',
  'Đặng',
  'Bùi',
  'Đỗ',
  'Hồ',
  'Ngô',
  'Dương',
  'Lý',
  'Giàng',
  'Vàng',
  'Lò',
  'Tráng',
];
const MIDDLES = [
  'Thị',
  'Văn',
  'Ngọc',
  'Thị Thu',
  'Đức',
  'Minh',
  'Thị Mỹ',
  'Hữu',
  'Quỳnh',
  'Thanh',
  'Thùy',
  'Xuân',
  'Kim',
  'Bích',
  'Hồng',
  'Seo',
  'A',
  'Gia',
  'Khánh',
  'Phương',
];
const GIVENS = [
  'Ánh',
  'Bình',
  'Châu',
  'Dũng',
  'Giang',
  'Hạnh',
  'Hiền',
  'Hương',
  'Khôi',
  'Lan',
  'Linh',
  'Mai',
  'Nga',
  'Nhung',
  'Oanh',
  'Phúc',
  'Quyên',
  'Sương',
  'Thảo',
  'Thủy',
  'Trâm',
  'Uyên',
  'Vy',
  'Xuyến',
  'Yến',
  'Dợ',
];

/** One person. */
export interface Person {
  /** In the source `seed`. */
  readonly externalId: string;
  readonly id: string;
  readonly name: string;
  readonly birthDate: string;
  readonly identityNumber: string;
}

/** The agency that registered the persons, and another one. */
export const OWNER = 'c02';
export const STRANGER = 'pcmt-bdbp';

/** An officer of the owner. */
export const OFFICER: Officer = { agency: OWNER, subject: 'officer-7', purpose: 'CASE_WORK' };

/** `count` persons: names of 10,400 different ones, birth dates from 1950 to 2009, numbers as on identity cards. `key` is RECORD_ID_KEY. */
export function seededPersons(count: number, key: string): Person[] {
  return Array.from({ length: count }, (_, n) => {
    const at = (n * 7919) % (FAMILIES.length * MIDDLES.length * GIVENS.length);
    const name = [FAMILIES[at % 20], MIDDLES[Math.floor(at / 20) % 20], GIVENS[Math.floor(at / 400)]].join(' ');
    const birthDate = new Date(Date.UTC(1950, 0, 1) + ((n * 104_729) % 21_900) * 86_400_000).toISOString().slice(0, 10);
    const identityNumber = `0${String(10 + (n % 80))}${String(100 + ((n * 31) % 900))}${String((n * 7_919) % 1_000_000).padStart(6, '0')}`;
    return { externalId: `p${n}`, id: recordId(key, 'victim', 'seed', `p${n}`), name, birthDate, identityNumber };
  });
}

/** Puts the persons into the table of victims, registered by the agency. As the database's owner: no caller is asked. */
export async function registerPersons(database: Database, persons: readonly Person[], agency: string = OWNER): Promise<void> {
  await database.query(
    `INSERT INTO victim (id, source, external_id, registered_at, legal_status, sex, ethnicity, acts, means, purposes, agency)
     SELECT id, 'seed', external_id, '2021-03-05T02:00:00Z', 'IN_IDENTIFICATION', 'UNKNOWN', 'UNKNOWN', '{}', '{}', '{}', $3
     FROM unnest($1::uuid[], $2::text[]) t (id, external_id)`,
    [persons.map(({ id }) => id), persons.map(({ externalId }) => externalId), agency],
  );
}

/** The vault as `npm run identity` opens it, in this process. */
export async function openVault(env: NodeJS.ProcessEnv, officer: Officer = OFFICER): Promise<Vault> {
  return open(loadIdentityConfig(env), officer);
}

/** A command that runs. */
export interface IdentityCommand {
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
  /** Calls back with all that was printed so far, whenever more comes. */
  onOutput(listener: (output: string) => void): void;
  kill(): void;
}

/** `npm run identity -- …` as a process of its own; `input` is its standard input. */
export function startIdentity(env: NodeJS.ProcessEnv, args: readonly string[], input = ''): IdentityCommand {
  const child = spawn(process.execPath, ['cli/identity.ts', ...args], { cwd: ROOT, env, stdio: ['pipe', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  const listeners: ((output: string) => void)[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const listener of listeners) listener(stdout);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // It may end without reading.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((done) => child.once('close', (code) => done({ code, stdout, stderr })));
  return { ended, onOutput: (listener) => void listeners.push(listener), kill: () => void child.kill('SIGKILL') };
}

/** Runs it to its end, on behalf of an officer of the owner unless told otherwise. */
export function runIdentity(env: NodeJS.ProcessEnv, args: readonly string[], input = '', { agency, subject, purpose }: Officer = OFFICER) {
  return startIdentity(env, [...args, '--agency', agency, '--subject', subject, '--purpose', purpose], input).ended;
}
