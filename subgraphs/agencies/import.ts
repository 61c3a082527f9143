import { day, dimensionId, dimensionList, text } from '#shared/import/columns.ts';
import { AGENCY_FILE, endsAfterItBegins, listAgencies, listProvinces, PROVINCE_FILE } from '#shared/import/reference.ts';
import type { ImportSpec } from '#shared/import/spec.ts';

const provinces: ImportSpec = { ...PROVINCE_FILE, table: 'province', key: ['id'], after: (staging) => [listProvinces('province', staging)] };

const agencies: ImportSpec = {
  ...AGENCY_FILE,
  table: 'agency_version',
  key: ['agency_id', 'valid_from'],
  after: (staging) => [
    listAgencies('agency_version', staging),
    `INSERT INTO agency AS a (id) SELECT DISTINCT agency_id FROM ${staging} ON CONFLICT (id) DO UPDATE SET version = a.version + 1`,
  ],
};

const plans: ImportSpec = {
  table: 'coordination_plan',
  versioned: true,
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
  checks: [{ column: 'validTo', check: endsAfterItBegins }],
};

/** What can be imported into this subgraph. */
export const imports: Readonly<Record<string, ImportSpec>> = { provinces, agencies, plans };
