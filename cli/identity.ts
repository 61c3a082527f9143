import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ConfigError } from '#shared/config.ts';
import { RolesMissing } from '#shared/database/roles.ts';
import { explain } from '#shared/explain.ts';
import { FolderLocked } from '#shared/folder-lock.ts';
import { CsvError } from '#shared/import/csv.ts';
import { type IdentityConfig, loadIdentityConfig } from '../subgraphs/victims/identity/config.ts';
import { IdentityError } from '../subgraphs/victims/identity/errors.ts';
import { importIdentities } from '../subgraphs/victims/identity/import.ts';
import { openVault } from '../subgraphs/victims/identity/open.ts';
import { type Identity, readIdentity } from '../subgraphs/victims/identity/person.ts';
import { rewrapKeys } from '../subgraphs/victims/identity/rewrap.ts';
import { eraseIdentity, findIdentity, readIdentityOf, recordIdentity, type Vault } from '../subgraphs/victims/identity/vault.ts';
import { type IdentityRequest, readRequest, USAGE, UsageError } from './identity/request.ts';

/**
 * `npm run identity -- <act> …`, for officers of a ministry at its own machine. The answer of `read` is the only thing written that has a value of
 * a person in it.
 * @returns the exit code: 0 when it was done, 1 when not or not all of it, 2 when the command makes no sense.
 */
async function run(args: readonly string[]): Promise<number> {
  try {
    if (args.length === 0 || args.includes('--help')) {
      console.log(USAGE);
      return args.length === 0 ? 2 : 0;
    }
    const request = readRequest(args);
    const config = loadIdentityConfig();
    const vault = await openVault(config, request.officer);
    try {
      return await carryOut(request, vault, config);
    } finally {
      await vault.database.close();
    }
  } catch (error) {
    console.error(`Lỗi · Error: ${describe(error)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function carryOut({ act, victimId, file }: IdentityRequest, vault: Vault, config: IdentityConfig): Promise<number> {
  const input = (): Readable => (file === undefined || file === '-' ? process.stdin : createReadStream(resolve(config.folder, file)));
  switch (act) {
    case 'record':
      await recordIdentity(vault, victimId, await readValues(input()));
      console.log(`Đã ghi · Recorded: ${victimId}`);
      return 0;
    case 'read':
      console.log(JSON.stringify(await readIdentityOf(vault, victimId)));
      return 0;
    case 'find': {
      const found = await findIdentity(vault, await readValues(input()));
      for (const id of found) console.log(id);
      console.error(`${found.length} người · persons`);
      return 0;
    }
    case 'erase': {
      const { row, key } = await eraseIdentity(vault, victimId);
      console.log(row || key ? `Đã xóa hẳn · Erased for good: ${victimId}` : `Không có gì để xóa · There was nothing to erase: ${victimId}`);
      return 0;
    }
    case 'import': {
      const { rows, recorded, bad } = await importIdentities(vault, config.subgraph.recordIdKey, input(), ({ line, column, expected }) =>
        console.log(`line ${line}${column === '' ? '' : `, column ${column}`}: expected ${expected}`),
      );
      console.log(`${rows} dòng · rows: ${recorded} đã ghi · recorded, ${bad} lỗi · bad`);
      return bad > 0 ? 1 : 0;
    }
    case 'rewrap': {
      const done = await rewrapKeys(vault, ({ seen, rewrapped }) => console.log(`${seen} khóa · keys: ${rewrapped} bọc lại · wrapped anew`));
      for (const { victimId: failed, code } of done.failed) console.log(`${failed}: ${code}`);
      const rest = done.failed.length;
      console.log(
        rest === 0
          ? `Xong: mọi khóa (${done.seen}) thuộc "${vault.keys.current}" · Done: all ${done.seen} keys are wrapped by "${vault.keys.current}"; older keys of the ministry may go`
          : `Còn ${rest} khóa chưa bọc lại được: giữ khóa cũ của bộ · ${rest} keys could not be wrapped anew: keep the ministry's older keys`,
      );
      return rest === 0 ? 0 : 1;
    }
    default:
      return act satisfies never;
  }
}

/** The identity that the input says, as JSON. */
async function readValues(input: Readable): Promise<Identity> {
  let given: unknown;
  try {
    given = JSON.parse(await text(input));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The parser's message repeats the text.
    throw new UsageError('expected JSON: {"name": …, "birthDate": …, "identityNumber": …}');
  }
  const identity = readIdentity(given);
  if (!Array.isArray(identity)) return identity;
  throw new UsageError(identity.map(({ field, expected }) => `${field === '' ? '' : `${field}: `}expected ${expected}`).join('\n'));
}

/** What went wrong, in words that are this project's own: those of libraries may repeat what they were given. */
function describe(error: unknown): string {
  if (error instanceof UsageError || error instanceof ConfigError || error instanceof IdentityError) return error.message;
  if (error instanceof CsvError || error instanceof RolesMissing) return error.message;
  if (error instanceof FolderLocked) {
    return `dịch vụ victims đang mở cơ sở dữ liệu nhúng: hãy dừng nó trước · the victims service has the embedded database open: stop it first, or use PostgreSQL (${error.message})`;
  }
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' && syscall === 'open') return 'không có tệp đó · there is no such file';
  return explain(error, 'victims') ?? `không lường trước · nobody foresaw this: ${(error as Error).name ?? ''} ${code ?? ''}`;
}

process.exitCode = await run(process.argv.slice(2));
