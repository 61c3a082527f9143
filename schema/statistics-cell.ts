import { isDay } from './dates.ts';

/**
 * The coordinates of one statistics cell, and their form on the wire.
 *
 * The agencies subgraph makes the cells; every other subgraph gets only their ids in `_entities` and must know from the id alone
 * which of its records belong to the cell. So the id carries everything, the recorded provinces that roll up into the cell's
 * province included: no subgraph but agencies needs to know which province merged into which.
 *
 * Form: `<from>/<to>|<province>[=<member>+<member>…]|<agency>`, for example
 * `2021-01-01/2021-03-31|VN34:24=VN63:24+VN63:27+VN34:24|*`. `*` means "not divided by this dimension".
 */

/** Marks a dimension by which a cell is not divided. */
export const ALL = '*';

/** Marks records of which a dimension is not known (stored in rollups; never the coordinate of a cell). */
export const UNKNOWN = '';

/** One cell: inclusive dates (`YYYY-MM-DD`), and the province and agency it is confined to, or `null` where it is not. */
export interface StatisticsCell {
  readonly from: string;
  readonly to: string;
  /** `members` are the provinces as recorded that the cell's province stands for; at least one. */
  readonly province: { readonly id: string; readonly members: readonly string[] } | null;
  readonly agency: string | null;
}

const DATE = '\\d{4}-\\d{2}-\\d{2}';
/** What ids of provinces and agencies may look like, so that they can stand in a cell's id unescaped. */
const NAME = '[\\p{L}\\p{N}][\\p{L}\\p{N}:._-]*';
const CELL_ID = new RegExp(`^(${DATE})/(${DATE})\\|(?:\\*|(${NAME})(?:=(${NAME}(?:\\+${NAME})*))?)\\|(?:\\*|(${NAME}))$`, 'u');

/** Whether `text` may be the id of a province or an agency: letters, digits and `: . _ -`, beginning with a letter or digit. */
export function isDimensionId(text: string): boolean {
  return new RegExp(`^${NAME}$`, 'u').test(text) && text.length <= 64;
}

/** The cell's id. Inverse of {@link decodeCellId}. */
export function encodeCellId(cell: StatisticsCell): string {
  return `${cell.from}/${cell.to}|${encodeProvince(cell.province)}|${cell.agency ?? ALL}`;
}

/** The cell that `id` names, or `undefined` when `id` is none of ours. */
export function decodeCellId(id: string): StatisticsCell | undefined {
  const match = CELL_ID.exec(id);
  if (match === null) return undefined;
  const [, from = '', to = '', province, members, agency] = match;
  if (!isDay(from) || !isDay(to) || from > to) return undefined;
  return {
    from,
    to,
    province: province === undefined ? null : { id: province, members: members?.split('+') ?? [province] },
    agency: agency ?? null,
  };
}

function encodeProvince(province: StatisticsCell['province']): string {
  if (province === null) return ALL;
  const itself = province.members.length === 1 && province.members[0] === province.id;
  return itself ? province.id : `${province.id}=${province.members.join('+')}`;
}
