import type { LogEvent, ServiceState } from './service.ts';

/** pino's numbers of the levels that are shown on the screen. */
const LEVELS = { 40: 'warning', 50: 'error', 60: 'fatal' } as const;

/** Most lines are of requests: this spares their parsing. */
const INTERESTING = /"phase":|"level":[456]0\b/;

const LONGEST_TEXT = 400;

/** What a line of a service's NDJSON log means; `undefined` for the lines that only the log file is for, and for what is not JSON. */
export function readLogLine(line: string): LogEvent | undefined {
  if (!INTERESTING.test(line)) return undefined;
  const entry = parseObject(line);
  if (entry === undefined) return undefined;
  const level = LEVELS[entry['level'] as keyof typeof LEVELS];
  if (level !== undefined) return { kind: level, text: describe(entry) };
  const state = stateOf(entry);
  return state && { kind: 'state', state };
}

/** The last line of a crash report on stderr that names an error; `undefined` when none does. */
export function readCrash(stderr: string): string | undefined {
  const named = stderr.split('\n').filter((line) => /^(?:Uncaught )?(?:[\w.]*(?:Error|Exception)\b|FATAL ERROR:)/.test(line));
  const last = named.at(-1);
  return last === undefined ? undefined : oneLine(last);
}

/** Text of a log as one line that a terminal can show: line breaks and control characters (they could steer the terminal) become spaces. */
export function oneLine(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function describe(entry: Record<string, unknown>): string {
  const message = typeof entry['msg'] === 'string' ? entry['msg'] : '';
  const error = entry['err'];
  const cause = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
  return oneLine([message, message.includes(cause) ? '' : cause].filter(Boolean).join(': ') || 'no message');
}

function stateOf(entry: Record<string, unknown>): ServiceState | undefined {
  switch (entry['phase']) {
    case 'migrating':
    case 'stopping':
      return { kind: entry['phase'] };
    case 'seeding':
      return { kind: 'seeding', records: oneLine(String(entry['records'] ?? '')), done: count(entry['done']), total: count(entry['total']) };
    case 'ready':
      return { kind: 'ready', url: oneLine(String(entry['url'] ?? '')) };
    default:
      return undefined;
  }
}

function count(value: unknown): number {
  return typeof value === 'number' && value >= 0 ? value : 0;
}
