import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { logOrigin } from '#schema/log-checkpoints.ts';
import { CheckpointError, parseVerifier, type Verifier, verifierText, verifyCheckpoint } from '#shared/access-log/checkpoint.ts';
import { latestCheckpoint } from '#shared/access-log/witness.ts';
import { ConfigError, type DatabaseConfig } from '#shared/config.ts';
import { explain } from '#shared/explain.ts';
import { FolderLocked } from '#shared/folder-lock.ts';
import { checkProof, proveEntry, proveGrowth } from './audit/prove.ts';
import { databaseAt, isFile, notesOf, openSource, type Source, SourceError } from './audit/source.ts';
import { verifyLog } from './audit/verify.ts';
import { type AuditConfig, loadAuditConfig } from './config.ts';

const USAGE = `Kiểm tra nhật ký truy cập · Audits the access log of a service, on a copy of its database:

  npm run audit -- verify <service>                        tìm mọi thay đổi · finds any change
  npm run audit -- checkpoint <service>                    điểm xác nhận mới nhất · the newest signed checkpoint, to be kept
  npm run audit -- prove <service> --entry N [--size S]    bằng chứng cho một mục · proof that an entry is in the log
  npm run audit -- prove <service> --from A --to B         bằng chứng chỉ thêm vào · proof that the log only grew
  npm run audit -- check-proof <file> --key K              kiểm tra bằng chứng · checks a proof
  npm run audit -- key <service>                           khoá công khai · the public key of the log, for LOG_VERIFIERS

  --database-url URL | --folder F   the copy; by default the service's own database. F: a data folder, or the service's in it
  --witnesses URL|folder|file       databases of other services, or saved checkpoints; several times. By default those of the other services
  --key FILE|KEY                    the log's public key: a PEM file, or what "audit key" prints`;

/** Something that whoever gave the command can mend; `message` says how. */
class UsageError extends Error {}

interface Request {
  readonly command: string;
  /** The service's name; of check-proof, the file. */
  readonly subject: string;
  readonly options: ReturnType<typeof readArguments>['values'];
  readonly config: AuditConfig;
}

const COMMANDS: Readonly<Record<string, (request: Request) => Promise<number>>> = { verify, checkpoint, prove, 'check-proof': check, key };

/** @returns the exit code: 0 when all is well, 1 when something is wrong with the log or it could not be read, 2 when the command makes no sense. */
async function run(args: string[]): Promise<number> {
  if (args.length === 0 || args.includes('--help')) {
    say(USAGE);
    return args.length === 0 ? 2 : 0;
  }
  let service = '';
  try {
    const { positionals, values: options } = readArguments(args);
    const [name = '', subject = '', ...rest] = positionals;
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) throw new UsageError(`expected one of ${Object.keys(COMMANDS).join(', ')}, got "${name}"\n\n${USAGE}`);
    if (rest.length > 0) throw new UsageError(`expected nothing after ${subject}, got ${rest.join(' ')}`);
    const config = loadAuditConfig();
    service = subject;
    if (name !== 'check-proof' && !Object.hasOwn(config.databases, subject)) {
      throw new UsageError(`expected one of ${Object.keys(config.databases).join(', ')}, got "${subject}"`);
    }
    return await command({ command: name, subject, options, config });
  } catch (error) {
    say(`Lỗi · Error: ${describe(error, service)}`, process.stderr);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function verify({ subject, options, config }: Request): Promise<number> {
  const log = verifierOf(subject, options.key, config);
  await using source = await openSource(subject, placeOf({ subject, options, config }));
  const { witnesses, kept } = await openWitnesses({ subject, options, config });
  try {
    const result = await verifyLog({
      log,
      source,
      witnesses,
      kept,
      onProblem: (problem) => {
        drawProgress('');
        say(`  SAI · WRONG  ${problem}`);
      },
      onProgress: (entries, of) => drawProgress(`${subject}: ${number(entries)} / ${number(of)} mục · entries`),
    });
    drawProgress('');
    const { entries, signed, checkpoints, witnessed, problems } = result;
    say(
      `${subject}: ${number(entries)} mục · entries, ${number(checkpoints)} điểm xác nhận · checkpoints, ${number(witnessed)} do nơi khác giữ · kept by others`,
    );
    if (entries > signed) say(`  Lưu ý · Note: ${number(entries - signed)} mục mới nhất chưa được ký · the newest entries are not signed yet`);
    if (witnessed === 0) {
      say('  Lưu ý · Note: không có nhân chứng, không loại trừ bản sao lưu cũ · no witness: that an older backup was put back cannot be ruled out');
    }
    say(problems === 0 ? 'ĐÚNG · GOOD: nothing was changed, removed or put in' : `SAI · WRONG: ${number(problems)} vấn đề · problems`);
    return problems === 0 ? 0 : 1;
  } finally {
    for (const witness of witnesses) await witness[Symbol.asyncDispose]();
  }
}

async function checkpoint({ subject, options, config }: Request): Promise<number> {
  await using source = await openSource(subject, placeOf({ subject, options, config }));
  const note = await latestCheckpoint(source.sql);
  if (note === undefined) throw new SourceError(`${subject}: chưa có điểm xác nhận · there is no checkpoint yet`);
  verifyCheckpoint(note, verifierOf(subject, options.key, config));
  process.stdout.write(note);
  return 0;
}

async function prove({ subject, options, config }: Request): Promise<number> {
  const [entry, size, from, to] = [options.entry, options.size, options.from, options.to].map(readNumber);
  if ((entry === undefined) === (from === undefined || to === undefined)) throw new UsageError('expected --entry N, or --from A --to B');
  await using source = await openSource(subject, placeOf({ subject, options, config }));
  const proof = entry === undefined ? await proveGrowth(source.sql, from as number, to as number) : await proveEntry(source.sql, entry, size);
  process.stdout.write(`${JSON.stringify(proof, undefined, 2)}\n`);
  return 0;
}

async function check({ subject, options, config }: Request): Promise<number> {
  const text = readFileSync(resolve(config.folder, subject), 'utf8');
  // Which log it is about stands in the proof; whose key must sign for it, the command says.
  const origin = /"(?:checkpoint|from)":\s*"([^\\"]+)\\n/.exec(text)?.[1] ?? '';
  if (options.key === undefined) throw new UsageError("expected --key with the log's public key");
  say(`ĐÚNG · GOOD: ${checkProof(text, readKey(origin, options.key, config.folder))}`);
  return 0;
}

async function key({ subject, options, config }: Request): Promise<number> {
  say(verifierText(verifierOf(subject, options.key, config)));
  return 0;
}

function placeOf({ subject, options, config }: Omit<Request, 'command'>): DatabaseConfig {
  if (options['database-url'] !== undefined && options.folder !== undefined) throw new UsageError('expected --database-url or --folder, not both');
  if (options['database-url'] !== undefined) return databaseAt(options['database-url'], subject);
  if (options.folder !== undefined) return databaseAt(resolve(config.folder, options.folder), subject);
  return config.databases[subject] as DatabaseConfig;
}

/** What others have kept of the log: of what was said, or of the other services, as far as they can be read. */
async function openWitnesses({ subject, options, config }: Omit<Request, 'command'>) {
  const witnesses: Source[] = [];
  const kept: { by: string; note: string }[] = [];
  const others = Object.entries(config.databases).filter(([name]) => name !== subject);
  if (options.witnesses === undefined) {
    for (const [name, database] of others) {
      try {
        witnesses.push(await openSource(name, database));
      } catch (error) {
        say(`  Lưu ý · Note: không so với · not compared with ${name}: ${describe(error, name)}`);
      }
    }
    return { witnesses, kept };
  }
  try {
    for (const given of options.witnesses) {
      const place = /^postgres(ql)?:/.test(given) ? given : resolve(config.folder, given);
      if (isFile(place)) kept.push(...notesOf(place).map((note) => ({ by: given, note })));
      else
        for (const { name, database } of databasesAt(
          place,
          others.map(([name]) => name),
        ))
          witnesses.push(await openSource(name, database));
    }
  } catch (error) {
    for (const witness of witnesses) await witness[Symbol.asyncDispose]();
    throw error;
  }
  return { witnesses, kept };
}

/** The databases of a witness: one, or all that a data folder has of other services. */
function databasesAt(place: string, others: readonly string[]): { readonly name: string; readonly database: DatabaseConfig }[] {
  const found = others.flatMap((name) => {
    try {
      return [{ name, database: databaseAt(place, name) }];
    } catch {
      return [];
    }
  });
  if (found.length === 0) throw new SourceError(`${place}: không có nhân chứng · neither a database of another service nor a file with checkpoints`);
  const single = found.every(({ database }) => database.engine === 'postgresql' || database.folder === place);
  // A URL has a password in it: what the report names is the database.
  if (single) return found.slice(0, 1).map(({ database }) => ({ name: database.engine === 'postgresql' ? new URL(place).pathname.slice(1) : place, database }));
  return found;
}

function verifierOf(service: string, given: string | undefined, config: AuditConfig): Verifier {
  if (given !== undefined) return readKey(logOrigin(service), given, config.folder);
  const known = config.verifiers[service];
  if (known === undefined) throw new UsageError(`expected --key, or LOG_VERIFIERS with the public key of ${logOrigin(service)}`);
  return known;
}

function readKey(origin: string, given: string, folder: string): Verifier {
  try {
    if (given.includes('+') && !isFile(resolve(folder, given))) return parseVerifier(given);
    const text = readFileSync(resolve(folder, given), 'utf8');
    return text.includes('-----BEGIN') ? { name: origin, key: createPublicKey(text) } : parseVerifier(text.trim());
  } catch (error) {
    throw new UsageError(`--key: expected a public key (PEM file, or what "audit key" prints): ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readArguments(args: string[]) {
  const text = { type: 'string' } as const;
  const options = {
    'database-url': text,
    folder: text,
    key: text,
    entry: text,
    size: text,
    from: text,
    to: text,
    witnesses: { type: 'string', multiple: true },
  } as const;
  try {
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function readNumber(value: string | undefined): number | undefined {
  if (value !== undefined && !/^\d{1,15}$/.test(value)) throw new UsageError(`expected a number, got "${value}"`);
  return value === undefined ? undefined : Number(value);
}

function describe(error: unknown, service: string): string {
  if (error instanceof FolderLocked) {
    return `${error.message}. Dịch vụ đang chạy: dừng nó hoặc kiểm tra bản sao · ${service} is running: stop it, or audit a copy of the folder (--folder)`;
  }
  if (error instanceof UsageError || error instanceof ConfigError || error instanceof SourceError || error instanceof CheckpointError) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === '42501') return `${message}: expected a role that row-level security does not hide entries from (--database-url)`;
  return explain(error, service) ?? (error instanceof Error ? message : String(error));
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

let drawn = 0;
/** On a terminal, a line that is drawn in place, at most ten times a second; empty takes it away. */
function drawProgress(text: string): void {
  if (!process.stdout.isTTY || (text !== '' && performance.now() - drawn < 100)) return;
  drawn = performance.now();
  process.stdout.write(`\r\u001b[K${text}`);
}

/** What a database holds must not steer the terminal. */
function say(text: string, output: NodeJS.WriteStream = process.stdout): void {
  output.write(`${text.replaceAll(/(?!\n)[\p{Cc}\p{Cf}]/gu, '?')}\n`);
}

process.exitCode = await run(process.argv.slice(2));
