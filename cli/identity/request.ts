import { parseArgs } from 'node:util';
import { isPurpose, type Purpose } from '#schema/access.ts';
import { kindOfId } from '#schema/record-kinds.ts';
import { isDimensionId } from '#schema/statistics-cell.ts';
import type { IdentityAct, Officer } from '../../subgraphs/victims/identity/vault.ts';

/** What the command line asks for. There is no place in it for a value of a person: other users of the machine see command lines. */
export interface IdentityRequest {
  readonly act: IdentityAct;
  readonly officer: Officer;
  /** The person's id, for the acts on one. */
  readonly victimId: string;
  /** A file to read values from; undefined for the standard input. */
  readonly file: string | undefined;
}

/** Something that whoever gave the command can mend; `message` says how, and repeats nothing that was given. */
export class UsageError extends Error {}

export const USAGE = `Danh tính của nạn nhân, mã hóa · Victims' identities, encrypted:

  npm run identity -- record <id> [--file <json>]   ghi · records {"name", "birthDate", "identityNumber"} of a person
  npm run identity -- read <id>                     đọc · reads it
  npm run identity -- find [--file <json>]          tìm · finds ids by {"identityNumber"} or {"name", "birthDate"}
  npm run identity -- erase <id>                    xóa hẳn · erases it for good, in backups too
  npm run identity -- import [--file <csv>]         nhập · records those of a CSV: source, externalId, name, birthDate, identityNumber
  npm run identity -- rewrap                        đổi khóa của bộ · wraps the keys under the ministry's current key

  --agency <id> --subject <mã cán bộ · officer's subject> --purpose <PURPOSE>   bắt buộc · required: they stand in the access log

Giá trị được đọc từ tệp hoặc đầu vào chuẩn, không từ dòng lệnh · Values come from a file or the standard input, never from the command line.`;

const ACTS: Readonly<Record<IdentityAct, { readonly onOne: boolean; readonly reads: boolean; readonly purposes: readonly Purpose[] }>> = {
  record: { onOne: true, reads: true, purposes: ['CASE_WORK', 'INVESTIGATION', 'SUPPORT'] },
  read: { onOne: true, reads: false, purposes: ['CASE_WORK', 'INVESTIGATION', 'SUPPORT', 'OVERSIGHT'] },
  find: { onOne: false, reads: true, purposes: ['CASE_WORK', 'INVESTIGATION', 'SUPPORT', 'OVERSIGHT'] },
  erase: { onOne: true, reads: false, purposes: ['CASE_WORK', 'OVERSIGHT'] },
  import: { onOne: false, reads: true, purposes: ['CASE_WORK', 'INVESTIGATION', 'SUPPORT'] },
  rewrap: { onOne: false, reads: false, purposes: ['OVERSIGHT'] },
};

/** Reads the command line. @throws UsageError */
export function readRequest(args: readonly string[]): IdentityRequest {
  const { values, positionals } = readArguments(args);
  const [act, victimId, ...rest] = positionals;
  if (act === undefined || !isAct(act)) throw new UsageError(`expected one of ${Object.keys(ACTS).join(', ')}\n\n${USAGE}`);
  const { onOne, reads, purposes } = ACTS[act];
  if (onOne ? victimId === undefined || kindOfId(victimId) !== 'victim' || rest.length > 0 : victimId !== undefined) {
    throw new UsageError(
      `${act}: expected ${onOne ? "a person's id" : 'no id'} and nothing else on the command line: values come from --file or the standard input`,
    );
  }
  if (!reads && values.file !== undefined) throw new UsageError(`${act}: expected no --file`);
  const { agency = '', subject = '', purpose = '' } = values;
  if (!isDimensionId(agency)) throw new UsageError('--agency: expected the id of the agency on whose behalf it is done');
  if (!/^[\x21-\x7e]{1,255}$/.test(subject)) throw new UsageError('--subject: expected the subject under which the agency knows the officer, without spaces');
  if (!isPurpose(purpose) || !purposes.includes(purpose)) throw new UsageError(`--purpose: expected ${purposes.join(' or ')} for ${act}`);
  return { act, officer: { agency, subject, purpose }, victimId: victimId?.toLowerCase() ?? '', file: values.file };
}

function readArguments(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { agency: text, subject: text, purpose: text, file: text } });
  } catch {
    // Node's message repeats what was given.
    throw new UsageError(`expected no other options than --agency, --subject, --purpose and --file\n\n${USAGE}`);
  }
}

function isAct(name: string): name is IdentityAct {
  return Object.hasOwn(ACTS, name);
}
