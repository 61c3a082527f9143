/**
 * The agencies of the demo records with the plans and provinces: names, parents and provinces are real, the rest is as far as the sources
 * in `domain.md` go. Not verified, and data for that reason:
 * - the day on which the Department of Children moved to the Ministry of Health (the ministries began in their new form on 1 March 2025);
 * - whether names or parents of the other three changed in the restructuring of 2025; they have one version each;
 * - what the agencies were called before 2021, in particular the hotline's before the Department of Children had its name;
 * - the plans' full names, whether the first began in 2015 or in 2016, and that all four agencies were members of both.
 */
import type { Row } from './csv.ts';
import { provinceRows } from './provinces.ts';

/** The agency that runs the hotline: it takes the calls, opens the cases and hands them over. */
export const HOTLINE = 'cuc-tre-em';

/** An agency that cases are handed over to. */
export type Receiver = 'c02' | 'pcmt-bdbp' | 'hlhpn';

/** Any of the agencies. */
export type AgencyId = typeof HOTLINE | Receiver;

/** The day before and the day of the move to the Ministry of Health. */
const MOVED = { last: '2025-02-28', first: '2025-03-01' } as const;

const HOTLINE_NAMES = { id: HOTLINE, type: 'CHILD_PROTECTION', nameVi: 'Cục Trẻ em', nameEn: 'Department of Children' } as const;

const ALWAYS = { validFrom: '', validTo: '' } as const;

const AGENCIES: readonly Row[] = [
  {
    ...HOTLINE_NAMES,
    parentVi: 'Bộ Lao động – Thương binh và Xã hội',
    parentEn: 'Ministry of Labour, Invalids and Social Affairs',
    validFrom: '',
    validTo: MOVED.last,
  },
  { ...HOTLINE_NAMES, parentVi: 'Bộ Y tế', parentEn: 'Ministry of Health', validFrom: MOVED.first, validTo: '' },
  {
    id: 'c02',
    type: 'POLICE',
    nameVi: 'Cục Cảnh sát hình sự',
    nameEn: 'Criminal Police Department',
    parentVi: 'Bộ Công an',
    parentEn: 'Ministry of Public Security',
    ...ALWAYS,
  },
  {
    id: 'pcmt-bdbp',
    type: 'BORDER_GUARD',
    nameVi: 'Cục Phòng chống ma túy và tội phạm',
    nameEn: 'Department of Drug and Crime Prevention',
    parentVi: 'Bộ Tư lệnh Bộ đội Biên phòng, Bộ Quốc phòng',
    parentEn: 'Border Guard Command, Ministry of National Defence',
    ...ALWAYS,
  },
  {
    id: 'hlhpn',
    type: 'WOMENS_UNION',
    nameVi: 'Ban Tuyên giáo',
    nameEn: 'Communications Board',
    parentVi: 'Trung ương Hội Liên hiệp Phụ nữ Việt Nam',
    parentEn: "Central Viet Nam Women's Union",
    ...ALWAYS,
  },
];

const MEMBERS = [HOTLINE, 'c02', 'pcmt-bdbp', 'hlhpn'].join(';');

const PLANS: readonly Row[] = [
  {
    id: 'plan-2016-2020',
    nameVi: 'Kế hoạch phối hợp giai đoạn 2016–2020',
    nameEn: 'Coordination plan 2016–2020',
    validFrom: '2016-01-01',
    validTo: '2020-12-31',
    members: MEMBERS,
  },
  {
    id: 'plan-2021-2025',
    nameVi: 'Kế hoạch phối hợp giai đoạn 2021–2025',
    nameEn: 'Coordination plan 2021–2025',
    validFrom: '2021-01-01',
    validTo: '2025-12-31',
    members: MEMBERS,
  },
];

/** Rows of the `provinces` import: both schemes. */
export function demoProvinces(): Iterable<Row> {
  return provinceRows();
}

/** Rows of the `agencies` import, one for each version of an agency. */
export function demoAgencies(): Iterable<Row> {
  return AGENCIES;
}

/** Rows of the `plans` import. */
export function demoPlans(): Iterable<Row> {
  return PLANS;
}
