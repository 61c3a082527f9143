import { day, dimensionId, dimensionList, text } from '#shared/import/columns.ts';
import { AGENCY_COLUMNS, listAgencies, listProvinces, PROVINCE_COLUMNS } from '#shared/import/reference.ts';
import type { ImportSpec, RowCheck } from '#shared/import/spec.ts';
import { endsAfterItBegins, successorInFull } from './rules.ts';

const VALIDITY: RowCheck = { column: 'validTo', check: endsAfterItBegins };

const provinces: ImportSpec = {
  table: 'province',
  key: ['id'],
  keyColumns: ['scheme', 'code'],
  columns: PROVINCE_COLUMNS,
  checks: [VALIDITY, { column: 'successorCode', check: successorInFull }],
  stagedChecks: [
    {
      column: 'successorCode',
      expected: 'a province of successorScheme that is loaded or in the file',
      rows: (staging) => `SELECT s.line, s.successor_code AS value FROM ${staging} s
        WHERE s.successor_code IS NOT NULL AND NOT EXISTS (SELECT FROM province p WHERE p.id = s.successor_scheme || ':' || s.successor_code)
          AND NOT EXISTS (SELECT FROM ${staging} o WHERE o.scheme = s.successor_scheme AND o.code = s.successor_code)`,
    },
  ],
  after: (staging) => [listProvinces(staging)],
};

const agencies: ImportSpec = {
  table: 'agency_version',
  key: ['agency_id', 'valid_from'],
  keyColumns: ['id', 'validFrom'],
  columns: AGENCY_COLUMNS,
  checks: [VALIDITY],
  after: (staging) => [listAgencies(staging)],
};

const plans: ImportSpec = {
  table: 'coordination_plan',
  key: ['id'],
  keyColumns: ['id'],
  columns: {
    id: dimensionId('id', { required: true }),
    nameVi: text('name_vi', { required: true, maxLength: 200 }),
    nameEn: text('name_en', { required: true, maxLength: 200 }),
    validFrom: day('valid_from', { required: true }),
    validTo: day('valid_to', { required: true }),
    members: dimensionList('members', 'agency', { required: true }),
  },
  checks: [VALIDITY],
};

/** What can be imported into this subgraph. */
export const imports: Readonly<Record<string, ImportSpec>> = { provinces, agencies, plans };
