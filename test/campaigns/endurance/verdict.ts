import type { Finding } from '../faults/finding.ts';
import type { Point, Report } from './endurance.ts';

const MIB = 1024 * 1024;
/** By so much more than in the second quarter may be held in the last; what is allocated outside of the heap is given back to the system as it happens to lie. */
const TOLERANCES = { heap: { share: 0.1, mib: 8 }, planners: { share: 0.1, mib: 8 }, rss: { share: 0.15, mib: 48 } };

/** What a report shows. */
export function judge({ points, wrong, takenOver, refused, problems }: Report, { requests, changes }: { requests: number; changes: number }): Finding[] {
  const sent = points.at(-1)?.requests ?? 0;
  return [
    {
      name: 'every request is answered as it should be',
      figures: `${wrong.count} of ${sent} are not${listed(wrong.examples)}`,
      holds: wrong.count === 0 && sent === requests,
    },
    {
      name: 'good supergraphs are taken over and bad ones are not, and nothing else goes wrong',
      figures: `${takenOver} taken over, ${refused} refused${listed(problems)}`,
      holds: problems.length === 0 && points.length === changes,
    },
    flat('the heap, once collected', points, ({ memory }) => memory.heap, TOLERANCES.heap),
    flat("the planners' heaps", points, ({ memory }) => memory.threads.reduce((sum, each) => sum + each, 0), TOLERANCES.planners),
    flat('resident memory', points, ({ memory }) => memory.rss, TOLERANCES.rss),
  ];
}

/** A point in one line of a table. */
export function row({ requests, perSecond, memory: { rss, heap, external, threads } }: Point): string {
  return table([requests, perSecond.toFixed(0), ...[rss, heap, external].map(inMib), threads.map(inMib).join(' + ')]);
}

export const HEADER = table(['requests', 'a second', 'RSS MiB', 'heap MiB', 'external MiB', 'planners MiB']);

function flat(name: string, points: readonly Point[], of: (point: Point) => number, { share, mib }: { share: number; mib: number }): Finding {
  const quarter = (number: number) => {
    const some = points.slice(Math.floor(((number - 1) * points.length) / 4), Math.floor((number * points.length) / 4));
    return some.reduce((sum, point) => sum + of(point), 0) / some.length / MIB;
  };
  const [second, last] = [quarter(2), quarter(4)];
  const most = second * (1 + share) + mib;
  return {
    name: `${name} stays flat`,
    figures: `${last.toFixed(1)} MiB in the last quarter, ${second.toFixed(1)} MiB in the second (at most ${most.toFixed(1)})`,
    holds: last <= most,
  };
}

function inMib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}

function table(cells: readonly (string | number)[]): string {
  return cells.map((cell) => String(cell).padStart(12)).join(' ');
}

function listed(examples: readonly string[]): string {
  return examples.length === 0 ? '' : `, such as\n  ${examples.slice(0, 10).join('\n  ')}`;
}
