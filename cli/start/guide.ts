/** What the guide has to say about a stack that is ready. */
export interface GuideFacts {
  /** From the start of the command to ready; in milliseconds. */
  readonly milliseconds: number;
  /** The gateway's address with neither path nor slash at its end, such as `http://localhost:4000`. */
  readonly gateway: string;
  readonly subgraphs: readonly { readonly name: string; readonly url: string; readonly database: 'pglite' | 'postgresql' }[];
  /** As the reader may type them. */
  readonly dataFolder: string;
  readonly logFolder: string;
  /** Whether the data folder is the one that other commands find by themselves. */
  readonly usualFolder: boolean;
  readonly demoRecords: boolean;
  /** Whether `npm run token` makes the tokens; else an issuer does. */
  readonly tokens: boolean;
  /** Whether the gateway serves GraphiQL. */
  readonly graphiql: boolean;
}

/** The first thing to try; the answer for the demo records is {@link TOTALS_ANSWER}. */
export const TOTALS_QUERY =
  'query Totals($period: PeriodInput!) { statistics(period: $period) { calls { total byCategory { category total } } referrals { cases handovers } victims { persons } } }';

/** The nine months of 2021, whose totals the hotline published. */
export const TOTALS_VARIABLES = { period: { from: '2021-01-01', to: '2021-09-30' } };

const TOTALS_ANSWER = '2129 cuộc gọi · calls (1830, 274, 25), 25 vụ việc · cases';

/** The second thing to try: the same months by quarter and ministry. */
export const QUARTERS_QUERY = `query Quarters {
  statistics(period: { from: "2021-01-01", to: "2021-09-30" }, interval: QUARTER) {
    period { from to }
    calls { total }
    referrals { cases handovers acceptanceRate { numerator denominator value } }
    victims { persons }
  }
}`;

/** What is printed when all services are ready, in Vietnamese and English. */
export function guide(facts: GuideFacts): string {
  return [
    '',
    `Hệ thống đã sẵn sàng · The graph is ready (${(facts.milliseconds / 1000).toFixed(1)} s)`,
    '',
    ...table(addresses(facts)),
    '',
    ...indent(1, synthetic(facts.demoRecords)),
    '',
    'Ba việc để thử · Three things to try',
    '',
    ...tries(facts),
    '',
    'Nhấn Ctrl-C để dừng tất cả · Ctrl-C stops everything',
  ].join('\n');
}

function addresses(facts: GuideFacts): [string, string][] {
  const servers = facts.subgraphs.filter(({ database }) => database === 'postgresql').map(({ name }) => name);
  const embedded = servers.length < facts.subgraphs.length ? `${facts.dataFolder}/` : '';
  const elsewhere = servers.length > 0 ? `PostgreSQL: ${servers.join(', ')}` : '';
  return [
    ...(facts.graphiql ? [['GraphiQL', `${facts.gateway}/`] as [string, string]] : []),
    ['Điểm truy vấn · Endpoint', `${facts.gateway}/graphql`],
    ...facts.subgraphs.map(({ name, url }): [string, string] => [`  ${name}`, url]),
    ['Dữ liệu · Data', [embedded, elsewhere].filter(Boolean).join('; ')],
    ['Nhật ký · Logs', `${facts.logFolder}/<service>.log`],
  ];
}

function synthetic(demoRecords: boolean): string[] {
  if (!demoRecords) return ['Không nạp bản ghi mẫu (DEMO_RECORDS=false) · No demo records are loaded.'];
  return [
    'Bản ghi mẫu là dữ liệu giả lập, khớp với số liệu đã công bố; không nói về người thật nào.',
    'The demo records are synthetic: they add up to the published figures and describe no one.',
  ];
}

function tries(facts: GuideFacts): string[] {
  const body = JSON.stringify({ query: TOTALS_QUERY, variables: TOTALS_VARIABLES });
  const csv = `${facts.dataFolder}/example-calls.csv`;
  const elsewhere = facts.usualFolder ? '' : `DATA_FOLDER=${shellWord(facts.dataFolder)} `;
  return [
    '  1. Hỏi số liệu 9 tháng năm 2021 của các bộ, ngành',
    '     Ask for the nine months of 2021 across the ministries',
    ...(facts.tokens ? [] : ["     TOKEN: mã truy cập của người điều phối, lấy từ OIDC_ISSUER · a coordinator's token, from OIDC_ISSUER"]),
    '',
    `curl -s ${shellWord(`${facts.gateway}/graphql`)} -H 'content-type: application/json' ${identity(facts, elsewhere)}--data '${body}'`,
    '',
    ...(facts.demoRecords ? [...indent(2, [`Kết quả · Answer: ${TOTALS_ANSWER}`]), ''] : []),
    facts.graphiql ? `  2. Mở · Open ${facts.gateway}/ và chạy · and run` : `  2. Gửi tới · Send to ${facts.gateway}/graphql`,
    '',
    ...indent(2, QUARTERS_QUERY.split('\n')),
    '',
    '  3. Nhập một cuộc gọi, rồi hỏi số liệu tháng 1 năm 2026',
    '     Import a call, then ask for January 2026',
    '',
    `printf 'externalId,receivedAt,category\\nexample-1,2026-01-15T09:30,COUNSELLING\\n' > ${shellWord(csv)}`,
    `${elsewhere}npm run import -- calls ${shellWord(csv)}`,
  ];
}

/** Headers that say who asks, and for what. */
function identity({ tokens }: GuideFacts, elsewhere: string): string {
  const token = tokens ? `$(${elsewhere}npm run --silent token -- coordinator)` : '$TOKEN';
  return `-H "authorization: Bearer ${token}" -H 'x-purpose: STATISTICS' `;
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}

function indent(depth: number, lines: readonly string[]): string[] {
  return lines.map((line) => '  '.repeat(depth) + line);
}

function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
