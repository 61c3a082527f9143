import { PURPOSES } from './access.ts';

/**
 * The code lists that the subgraphs speak: for each, its values in order with their Vietnamese and English labels.
 * Sources: [H] the hotline's own reports, [L] Law 53/2024/QH15, [S] IOM HTCDS v2, [P] Palermo protocol Art. 3, [O] ours, unverified.
 * The enums in the subgraphs' schema.graphql repeat them; `npm run schema:check` holds the two together.
 */
export interface Label {
  readonly vi: string;
  readonly en: string;
}
type CodeList = Readonly<Record<string, Label>>;

const label = (vi: string, en: string): Label => ({ vi, en });
const UNKNOWN = label('Không rõ', 'Unknown');

/** Every code list by the name of its enum in the graph. */
export const CODE_LISTS = {
  /** [H] */
  CallCategory: {
    INFORMATION: label('Cung cấp thông tin', 'Information'),
    COUNSELLING: label('Tư vấn', 'Counselling'),
    REFERRAL: label('Chuyển tuyến', 'Referral'),
  },
  /** [H] */
  CallTopic: {
    HOTLINE_FUNCTIONS: label('Chức năng đường dây nóng', 'What the hotline does'),
    TRAFFICKING_SITUATION: label('Tình hình mua bán người', 'The situation of trafficking'),
    MIGRATION_LABOUR_EXPORT: label('Di cư, xuất khẩu lao động, việc làm', 'Migration, labour export, employment'),
    MISSING_PERSON: label('Tìm người mất tích', 'Looking for a missing person'),
    SHELTER: label('Nơi tạm lánh', 'Shelter'),
    FINANCIAL: label('Tài chính', 'Financial matters'),
    MEDICAL: label('Y tế', 'Medical matters'),
    LEGAL: label('Pháp lý', 'Legal matters'),
    PSYCHOLOGICAL: label('Tâm lý', 'Psychological matters'),
  },
  /** [H] */
  CallerType: {
    PUBLIC: label('Người dân', 'Public'),
    RELATIVE_FRIEND: label('Người thân, bạn bè', 'Relative or friend'),
    OFFICIAL_PRESS: label('Cán bộ địa phương, báo chí', 'Local official or press'),
    VICTIM: label('Nạn nhân', 'Victim'),
    UNKNOWN,
  },
  /** [H] */
  CallerAgeBand: {
    AGE_0_10: label('0–10 tuổi', 'Age 0–10'),
    AGE_11_14: label('11–14 tuổi', 'Age 11–14'),
    AGE_15_18: label('15–18 tuổi', 'Age 15–18'),
    AGE_19_25: label('19–25 tuổi', 'Age 19–25'),
    AGE_26_40: label('26–40 tuổi', 'Age 26–40'),
    AGE_41_PLUS: label('41 tuổi trở lên', 'Age 41 and over'),
    UNKNOWN,
  },
  /** [O] domain.md names the breakdown, not its values. */
  CallChannel: {
    PHONE: label('Điện thoại', 'Telephone'),
    APP: label('Ứng dụng', 'App'),
    CHAT: label('Tin nhắn', 'Chat'),
    EMAIL: label('Thư điện tử', 'E-mail'),
    OTHER: label('Kênh khác', 'Other channel'),
    UNKNOWN,
  },
  Sex: {
    FEMALE: label('Nữ', 'Female'),
    MALE: label('Nam', 'Male'),
    OTHER: label('Khác', 'Other'),
    UNKNOWN,
  },
  /** [H] */
  EthnicityGroup: {
    KINH: label('Kinh', 'Kinh'),
    MINORITY: label('Dân tộc thiểu số', 'Ethnic minority'),
    UNKNOWN,
  },
  /** Does not overlap; derived from the exact age at the time of trafficking. */
  VictimAgeBand: {
    AGE_0_10: label('0–10 tuổi', 'Age 0–10'),
    AGE_11_14: label('11–14 tuổi', 'Age 11–14'),
    AGE_15: label('15 tuổi', 'Age 15'),
    AGE_16_17: label('16–17 tuổi', 'Age 16–17'),
    AGE_18_PLUS: label('18 tuổi trở lên', 'Age 18 and over'),
    UNKNOWN,
  },
  /** [L] */
  LegalStatus: {
    IN_IDENTIFICATION: label('Người đang trong quá trình xác định là nạn nhân', 'Person being identified as a victim'),
    VICTIM: label('Nạn nhân', 'Victim'),
    ACCOMPANYING_MINOR: label('Người dưới 18 tuổi đi cùng', 'Accompanying person under 18'),
    NOT_VICTIM: label('Không phải nạn nhân', 'Not a victim'),
  },
  /** [L] */
  Act: {
    RECRUITMENT: label('Tuyển mộ', 'Recruitment'),
    TRANSPORTATION: label('Vận chuyển', 'Transportation'),
    HARBOURING: label('Chứa chấp', 'Harbouring'),
    TRANSFER: label('Chuyển giao', 'Transfer'),
    RECEIPT: label('Tiếp nhận', 'Receipt'),
  },
  /** [L,P] */
  Means: {
    FORCE: label('Vũ lực', 'Force'),
    THREAT_OF_FORCE: label('Đe dọa dùng vũ lực', 'Threat of force'),
    DECEPTION: label('Lừa gạt', 'Deception'),
    ABDUCTION: label('Bắt cóc', 'Abduction'),
    ABUSE_OF_VULNERABILITY: label('Lợi dụng tình thế dễ bị tổn thương', 'Abuse of a position of vulnerability'),
    PAYMENT: label('Đưa hoặc nhận lợi ích', 'Giving or receiving of benefits'),
    OTHER: label('Thủ đoạn khác', 'Other means'),
  },
  /** [L,S], several per victim */
  Purpose: {
    SEXUAL_EXPLOITATION: label('Bóc lột tình dục', 'Sexual exploitation'),
    FORCED_LABOUR: label('Cưỡng bức lao động', 'Forced labour'),
    ORGAN_REMOVAL: label('Lấy bộ phận cơ thể', 'Removal of organs'),
    FORCED_MARRIAGE: label('Ép buộc làm vợ/chồng', 'Forced marriage'),
    FORCED_CHILDBEARING: label('Ép buộc đẻ con', 'Forced childbearing'),
    FORCED_BEGGING: label('Ép buộc ăn xin', 'Forced begging'),
    FORCED_CRIMINALITY: label('Ép buộc vi phạm pháp luật', 'Forced criminality'),
    ILLEGAL_ADOPTION: label('Cho – nhận con nuôi trái phép', 'Illegal adoption'),
    OTHER: label('Mục đích vô nhân đạo khác', 'Other inhuman purpose'),
    UNKNOWN,
  },
  /** [L, Art. 37] */
  SupportType: {
    ESSENTIAL_NEEDS: label('Nhu cầu thiết yếu', 'Essential needs'),
    MEDICAL: label('Y tế', 'Medical care'),
    INTERPRETATION: label('Phiên dịch', 'Interpretation'),
    LEGAL_SUPPORT: label('Hỗ trợ pháp luật', 'Legal support'),
    LEGAL_AID: label('Trợ giúp pháp lý', 'Legal aid'),
    TRAVEL: label('Chi phí đi lại', 'Travel costs'),
    PSYCHOLOGICAL: label('Tâm lý', 'Psychological support'),
    EDUCATION: label('Học văn hóa', 'Schooling'),
    VOCATIONAL: label('Học nghề', 'Vocational training'),
    EMPLOYMENT: label('Việc làm', 'Employment'),
    INITIAL_ALLOWANCE: label('Trợ cấp khó khăn ban đầu', 'Initial hardship allowance'),
    LOAN: label('Hỗ trợ vay vốn', 'Loan support'),
  },
  AgencyType: {
    CHILD_PROTECTION: label('Bảo vệ trẻ em', 'Child protection'),
    POLICE: label('Công an', 'Police'),
    BORDER_GUARD: label('Bộ đội Biên phòng', 'Border guard'),
    COAST_GUARD: label('Cảnh sát biển', 'Coast guard'),
    WOMENS_UNION: label('Hội Liên hiệp Phụ nữ', "Women's union"),
    SOCIAL_AFFAIRS: label('Lao động – xã hội', 'Social affairs'),
    COMMUNE_PEOPLES_COMMITTEE: label('Ủy ban nhân dân cấp xã', "Commune people's committee"),
    DIPLOMATIC: label('Cơ quan đại diện ngoại giao', 'Diplomatic mission'),
    NGO: label('Tổ chức phi chính phủ', 'Non-governmental organisation'),
  },
  LegalBasis: {
    STATUTORY_REPORT: label('Chuyển tố giác theo luật', 'Report required by law'),
    CONSENT: label('Đồng ý', 'Consent'),
    GUARDIAN_CONSENT: label('Người đại diện đồng ý', "Guardian's consent"),
    VITAL_INTEREST: label('Bảo vệ tính mạng', 'Protection of life'),
  },
  CaseStage: {
    RECEIVED: label('Đã tiếp nhận', 'Received'),
    VERIFYING: label('Đang xác minh', 'Being verified'),
    RESCUING: label('Đang giải cứu', 'Being rescued'),
    IDENTIFIED: label('Đã xác định nạn nhân', 'Victim identified'),
    NOT_IDENTIFIED: label('Không xác định được nạn nhân', 'No victim identified'),
    SUPPORTING: label('Đang hỗ trợ', 'Being supported'),
    CLOSED: label('Đã kết thúc', 'Closed'),
  },
  /** Primero's words. */
  HandoverState: {
    DRAFT: label('Nháp', 'Draft'),
    SENT: label('Đã chuyển', 'Sent'),
    ACKNOWLEDGED: label('Đã nhận thông báo', 'Acknowledged'),
    ACCEPTED: label('Đã tiếp nhận', 'Accepted'),
    IN_PROGRESS: label('Đang thực hiện', 'In progress'),
    COMPLETED: label('Đã hoàn thành', 'Completed'),
    REJECTED: label('Đã từ chối', 'Rejected'),
    REVOKED: label('Đã thu hồi', 'Revoked'),
  },
  /** [O] domain.md demands a reason, not its values. */
  RejectionReason: {
    OUTSIDE_JURISDICTION: label('Không thuộc thẩm quyền', 'Outside jurisdiction'),
    NO_CAPACITY: label('Không đủ năng lực tiếp nhận', 'No capacity'),
    INSUFFICIENT_INFORMATION: label('Thiếu thông tin', 'Insufficient information'),
    DUPLICATE: label('Trùng lặp', 'Duplicate'),
    NOT_TRAFFICKING: label('Không có dấu hiệu mua bán người', 'No sign of trafficking'),
    OTHER: label('Lý do khác', 'Other reason'),
  },
  /** [O] Why an act was not done; what a user can mend. */
  UserErrorCode: {
    REQUIRED: label('Thiếu thông tin bắt buộc', 'Something required is missing'),
    INVALID: label('Giá trị không hợp lệ', 'The value is not what was expected'),
    TOO_LONG: label('Quá dài', 'Too long'),
    NOT_FOUND: label('Không có hồ sơ này', 'There is no such record'),
    WRONG_TYPE: label('Mã của hồ sơ loại khác', 'The id of another kind of record'),
    IN_FUTURE: label('Thời điểm ở tương lai', 'A moment that has not come'),
    OUT_OF_ORDER: label('Thời điểm không đúng thứ tự', 'A moment before one that must come first'),
    WRONG_AGENCY: label('Cơ quan không có quyền thực hiện', 'The agency may not do this'),
    WRONG_STATE: label('Trạng thái không cho phép', 'The state does not allow it'),
    CONFLICT: label('Hồ sơ đã được thay đổi', 'The record was changed meanwhile'),
    KEY_REUSED: label('Khoá đã dùng cho thao tác khác', 'The key was used for another act'),
    REASON_REQUIRED: label('Cần lý do', 'A reason is required'),
    CONSENT_REQUIRED: label('Cần sự đồng ý', 'Consent is required'),
    NOT_IDENTIFIABLE: label('Chưa đủ căn cứ xác định nạn nhân', 'Not enough to identify the person as a victim'),
    ALREADY_EXISTS: label('Đã có', 'There is one already'),
    NO_CHANGE: label('Không có gì thay đổi', 'Nothing would change'),
  },
  /** [O] What a figure counts, or what it is measured in. */
  FigureUnit: {
    CALLS: label('Cuộc gọi', 'Calls'),
    CASES: label('Ca chuyển tuyến', 'Referral cases'),
    HANDOVERS: label('Lượt chuyển', 'Handovers: one case to one agency'),
    PERSONS: label('Người', 'Persons'),
    SUPPORT_SERVICES: label('Lượt hỗ trợ', 'Support services'),
    MINUTES: label('Phút', 'Minutes'),
    DAYS: label('Ngày', 'Days'),
  },
  /** [O] */
  AccessKind: {
    READ: label('Đọc', 'Read'),
    STATISTICS: label('Số liệu', 'Figures counted'),
    ACT: label('Thao tác', 'An act'),
  },
  /** [O] */
  AccessPurpose: PURPOSES,
} as const satisfies Record<string, CodeList>;

/** Why an act was not done. */
export type UserErrorCode = keyof (typeof CODE_LISTS)['UserErrorCode'];

/** The name of a code list. */
export type CodeListName = keyof typeof CODE_LISTS;

/** The values of a code list, in its order. */
export function codes(name: CodeListName): readonly string[] {
  return Object.keys(CODE_LISTS[name]);
}
