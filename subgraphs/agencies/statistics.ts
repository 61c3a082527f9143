import { encodeCellId } from '#schema/statistics-cell.ts';
import type { Row } from '#shared/records.ts';
import type { Cell } from '#shared/statistics-root.ts';

/** The cell of a plan's days, all provinces and agencies together: each ministry adds its own figures. */
export function planStatistics({ validFrom, validTo }: Row): Cell {
  const coordinates = { from: String(validFrom), to: String(validTo), province: null, agency: null };
  return { id: encodeCellId(coordinates), coordinates };
}
