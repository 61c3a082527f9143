import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import type { ServiceState } from './service.ts';

/** Shows what the services do. */
export interface Screen {
  show(name: string, state: ServiceState): void;
  /** One line about a service, kept on the screen. */
  warn(name: string, kind: 'warning' | 'error', text: string): void;
  /** Lines that stay; no further progress is drawn below them. */
  say(text: string): void;
}

type Style = Parameters<typeof styleText>[0];
type Output = NodeJS.WriteStream | WriteStream;

const BAR_WIDTH = 12;
const REDRAW = 100;
/** From how long a state shows its age; in milliseconds. */
const LONG = 2_000;
const ERASE_BELOW = '\r\u001b[J';

/** On a terminal one line per service, drawn anew in place; elsewhere, and when `plain`, a line per step. */
export function openScreen(names: readonly string[], output: Output, plain: boolean): Screen {
  const width = Math.max(...names.map((name) => name.length));
  return output.isTTY && !plain ? terminalScreen(names, width, output) : plainScreen(names, width, output);
}

function terminalScreen(names: readonly string[], width: number, output: Output): Screen {
  const rows = new Map(names.map((name) => [name, { state: { kind: 'starting' } as ServiceState, started: performance.now(), since: performance.now() }]));
  let drawn = 0;
  let live = true;
  const erase = () => (drawn > 0 ? `\u001b[${drawn}A${ERASE_BELOW}` : ERASE_BELOW);
  const draw = (above = '') => {
    const now = performance.now();
    const lines = [...rows].map(([name, { state, started, since }]) => {
      const age = state.kind !== 'ready' && state.kind !== 'ended' && now - since > LONG ? ` ${Math.round((now - since) / 1000)} s` : '';
      const text = `  ${name.padEnd(width)}  ${stateText(state, since - started)}${age}`;
      return paint(output, stateStyle(state), cut(text, output.columns));
    });
    output.write(`${erase()}${above}${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, REDRAW);
  timer.unref();
  draw();
  return {
    show: (name, state) => {
      const row = rows.get(name);
      if (row === undefined || !live) return;
      if (row.state.kind !== state.kind) row.since = performance.now();
      row.state = state;
      if (state.kind === 'ready') draw();
    },
    warn: (name, kind, text) => {
      const line = `${warningText(output, name, width, kind, text)}\n`;
      if (live) draw(line);
      else output.write(`${ERASE_BELOW}${line}`);
    },
    say: (text) => {
      if (live) draw();
      live = false;
      clearInterval(timer);
      output.write(`${ERASE_BELOW}${text}\n`);
    },
  };
}

function plainScreen(names: readonly string[], width: number, output: Output): Screen {
  const rows = new Map(names.map((name) => [name, { last: '', started: performance.now() }]));
  return {
    show: (name, state) => {
      const row = rows.get(name);
      if (row === undefined) return;
      const step = stepOf(state);
      if (step === row.last || state.kind === 'stopping') return;
      row.last = step;
      const url = state.kind === 'ready' ? `  ${state.url}` : '';
      output.write(`${name.padEnd(width)}  ${stateText(state, performance.now() - row.started)}${url}\n`);
    },
    warn: (name, kind, text) => output.write(`${warningText(output, name, width, kind, text)}\n`),
    say: (text) => output.write(`${text}\n`),
  };
}

/** A state as words; `after` is the time from the start of the service to this state, in milliseconds. */
function stateText(state: ServiceState, after: number): string {
  switch (state.kind) {
    case 'starting':
    case 'migrating':
    case 'stopping':
    case 'ended':
      return state.kind;
    case 'seeding':
      return `seeding ${state.records} ${bar(state.done, state.total)} ${number(state.done)}/${number(state.total)}`;
    case 'ready':
      return `ready in ${(after / 1000).toFixed(1)} s`;
    default:
      return state satisfies never;
  }
}

/** States of one step are one line where lines stay: a quarter of a kind of records is a step. */
function stepOf(state: ServiceState): string {
  if (state.kind !== 'seeding') return state.kind;
  return `${state.records} ${Math.floor((4 * state.done) / Math.max(1, state.total))}`;
}

function stateStyle(state: ServiceState): Style {
  if (state.kind === 'ready') return 'green';
  return state.kind === 'migrating' || state.kind === 'seeding' ? 'cyan' : 'dim';
}

function warningText(output: Output, name: string, width: number, kind: 'warning' | 'error', text: string): string {
  return `${paint(output, kind === 'error' ? 'red' : 'yellow', `${name.padEnd(width)}  ${kind}:`)} ${text}`;
}

function bar(done: number, total: number): string {
  const full = Math.min(BAR_WIDTH, Math.floor((BAR_WIDTH * done) / Math.max(1, total)));
  return '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

/** A line that wraps would break the drawing in place. */
function cut(text: string, columns: number | undefined): string {
  const room = Math.max(10, (columns || 80) - 1);
  return text.length > room ? `${text.slice(0, room - 1)}…` : text;
}

/** In colour where the output is a terminal that wants it (NO_COLOR and the like). */
function paint(output: Output, style: Style, text: string): string {
  return styleText(style, text, { stream: output as NodeJS.WriteStream });
}
