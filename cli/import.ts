import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError } from '#shared/config.ts';
import { explain } from '#shared/explain.ts';
import { CsvError } from '#shared/import/csv.ts';
import type { ImportSpec } from '#shared/import/spec.ts';
import { loadImportConfig } from './config.ts';
import { type Destination, findDestinations, importableRecords, importFile } from './import/destination.ts';
import { openImportScreen, resultLine } from './import/screen.ts';

const USAGE = `Nhập bản ghi từ tệp CSV · Imports records from a CSV:

  npm run import -- <records> <file.csv>                   tất cả hoặc không gì · all rows, or none
  npm run import -- <records> <file.csv> --skip-bad-rows   bỏ qua dòng lỗi · leaves bad rows out
  npm run import -- <records> --columns                    các cột · the columns

The same file may be imported again: rows are told apart by source and externalId.`;

/** What the command line asks for. */
interface Request {
  readonly records: string;
  readonly file: string;
  readonly skipBadRows: boolean;
  readonly columns: boolean;
}

/** Something that whoever gave the command can mend; `message` says how. */
class UsageError extends Error {}

/**
 * `npm run import -- <records> <file.csv>`.
 * @returns the exit code: 0 when the file was imported, 1 when not, 2 when the command makes no sense, 130 when it was stopped.
 */
async function run(args: string[]): Promise<number> {
  const screen = openImportScreen(process.stdout);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort(new Error('stopped')));
  let at = '';
  try {
    if (args.length === 0 || args.includes('--help')) {
      screen.say(USAGE);
      return args.length === 0 ? 2 : 0;
    }
    const config = loadImportConfig();
    const request = readRequest(args, await importableRecords(config.subgraphs, config.project));
    const destinations = await findDestinations(request.records, config.subgraphs, config.project);
    if (request.columns) {
      for (const line of columnLines(destinations[0]?.spec)) screen.say(line);
      return 0;
    }
    const file = resolve(config.folder, request.file);
    const size = sizeOf(file);
    for (const destination of destinations) {
      at = destination.config.name;
      if (!(await importInto(destination, file, size, request, stopping.signal, screen))) return 1;
    }
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) {
      screen.say(`Đã dừng; dở dang không được ghi · Stopped: what was not finished is not written${at ? ` (${at})` : ''}`);
      return 130;
    }
    screen.say(`Lỗi · Error: ${describe(error, at)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** @returns whether the rows were written. */
async function importInto(
  destination: Destination,
  file: string,
  size: number,
  { records, skipBadRows }: Request,
  signal: AbortSignal,
  screen: ReturnType<typeof openImportScreen>,
): Promise<boolean> {
  const { name } = destination.config;
  let waiting = false;
  const result = await importFile(destination, file, records, {
    skipBadRows,
    signal,
    onProgress: (progress) => screen.progress(name, size, progress),
    onFault: (fault) => screen.fault(fault),
    onWaiting: () => {
      if (!waiting) screen.say(`${name}: đang chờ dịch vụ khởi động · waiting for the service to start`);
      waiting = true;
    },
  });
  screen.say(resultLine(name, result, skipBadRows));
  for (const warning of result.warnings) screen.say(`  Lưu ý · Note: ${warning}`);
  return result.written;
}

function readRequest(args: string[], importable: readonly string[]): Request {
  const { values, positionals } = readArguments(args);
  const [records, file = '', ...rest] = positionals;
  if (records === undefined) throw new UsageError(USAGE);
  if (!importable.includes(records)) throw new UsageError(`expected one of ${importable.join(', ')}, got "${records}"\n\n${USAGE}`);
  if (rest.length > 0) throw new UsageError(`expected one file, got ${positionals.slice(1).join(' and ')}`);
  if (file === '' && !values['columns']) throw new UsageError(`expected a file\n\n${USAGE}`);
  return { records, file, skipBadRows: values['skip-bad-rows'] === true, columns: values['columns'] === true };
}

function readArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { 'skip-bad-rows': { type: 'boolean' }, columns: { type: 'boolean' } },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function columnLines(spec: ImportSpec | undefined): string[] {
  const columns = Object.entries(spec?.columns ?? {});
  const width = Math.max(...columns.map(([name]) => name.length));
  return columns.map(([name, { required, expected }]) => `${name.padEnd(width)}  ${required ? 'bắt buộc · required' : '                   '}  ${expected}`);
}

function sizeOf(file: string): number {
  try {
    const found = statSync(file);
    if (!found.isFile()) throw new UsageError(`expected a file, got the folder ${file}`);
    return found.size;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(error)}`);
  }
}

function describe(error: unknown, at: string): string {
  if (error instanceof UsageError || error instanceof ConfigError) return error.message;
  if (error instanceof CsvError) return `${error.message} (không ghi gì · nothing was written)`;
  return `${at}: ${explain(error, at) ?? (error instanceof Error ? error.message : String(error))}`;
}

process.exitCode = await run(process.argv.slice(2));
