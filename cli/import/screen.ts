import type { ImportProgress, ImportResult } from '#shared/import/importer.ts';
import type { RowFault } from '#shared/import/parser.ts';

/** Shows how an import goes. */
export interface ImportScreen {
  /** Progress of the import into the subgraph `name`, of a file of `size` bytes. */
  progress(name: string, size: number, progress: ImportProgress): void;
  fault(fault: RowFault): void;
  say(text: string): void;
}

const BAR_WIDTH = 20;
const REDRAW = 100;
/** Faults shown on a terminal; into a file or a pipe all are written. */
const FAULTS_SHOWN = 50;
const ERASE_LINE = '\r\u001b[K';

const PHASES = { reading: 'đọc · reading', checking: 'kiểm tra · checking', writing: 'ghi · writing' } as const;

/** On a terminal one line is drawn in place; elsewhere progress is not shown. */
export function openImportScreen(output: NodeJS.WriteStream): ImportScreen {
  const terminal = output.isTTY;
  let drawn = '';
  let last = 0;
  let faults = 0;
  let timer: NodeJS.Timeout | undefined;
  let ticking: (() => void) | undefined;
  const erase = () => {
    if (drawn !== '') output.write(ERASE_LINE);
    drawn = '';
  };
  const draw = (text: string) => {
    const room = Math.max(20, (output.columns || 80) - 1);
    drawn = text.length > room ? `${text.slice(0, room - 1)}…` : text;
    output.write(`${ERASE_LINE}${drawn}`);
  };
  return {
    progress: (name, size, { phase, bytes, rows }) => {
      if (!terminal) return;
      const now = performance.now();
      clearInterval(timer);
      if (phase === 'reading') {
        if (now - last < REDRAW) return;
        last = now;
        return draw(`${name}  ${PHASES[phase]} ${bar(bytes, size)} ${percent(bytes, size)}  ${number(rows)} dòng · rows`);
      }
      // Nothing tells how far a statement of the database has come; the time shows that it goes on.
      ticking = () => draw(`${name}  ${PHASES[phase]} ${number(rows)} dòng · rows  ${Math.round((performance.now() - now) / 1000)} s`);
      ticking();
      timer = setInterval(ticking, 1000).unref();
    },
    fault: (fault) => {
      faults += 1;
      if (terminal && faults > FAULTS_SHOWN) return;
      erase();
      output.write(`${faultLine(fault)}\n`);
    },
    say: (text) => {
      clearInterval(timer);
      erase();
      if (terminal && faults > FAULTS_SHOWN)
        output.write(
          `… và ${number(faults - FAULTS_SHOWN)} lỗi khác · and ${number(faults - FAULTS_SHOWN)} more; all of them: npm run import -- … > report.txt\n`,
        );
      faults = 0;
      // What a file holds must not steer the terminal.
      output.write(`${text.replaceAll(/(?!\n)[\p{Cc}\p{Cf}]/gu, '?')}\n`);
    },
  };
}

/** What an import did, in one line. */
export function resultLine(name: string, { rows, bad, written, inserted, updated }: ImportResult, skipBadRows: boolean): string {
  const read = `${name}: ${number(rows)} dòng · rows`;
  if (!written) return `${read}, ${number(bad)} lỗi · bad: không ghi gì · nothing was written (--skip-bad-rows ghi các dòng tốt · writes the good ones)`;
  const skipped = bad > 0 && skipBadRows ? `, ${number(bad)} bỏ qua · skipped` : '';
  return `${read}: ${number(inserted)} mới · new, ${number(updated)} cập nhật · updated${skipped}`;
}

/** A fault in one line, without control characters: what a file holds must not steer the terminal. */
export function faultLine({ line, column, value, expected }: RowFault): string {
  const where = column === '' ? `line ${line}` : `line ${line}, column ${column}`;
  const got = value === '' ? 'nothing' : JSON.stringify(value).replaceAll(/[\p{Cc}\p{Cf}]/gu, '?');
  return `${where}: expected ${expected}; got ${got}`;
}

function bar(done: number, total: number): string {
  const full = Math.min(BAR_WIDTH, Math.floor((BAR_WIDTH * done) / Math.max(1, total)));
  return '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
}

function percent(done: number, total: number): string {
  return `${Math.min(100, Math.floor((100 * done) / Math.max(1, total)))} %`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
