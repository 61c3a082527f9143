import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ContractCopy, copyContract } from './contract-copy.ts';

const CALLS = 'subgraphs/calls/schema.graphql';
const AGENCIES = 'subgraphs/agencies/schema.graphql';
const REFERRALS = 'subgraphs/referrals/schema.graphql';
const VICTIMS = 'subgraphs/victims/schema.graphql';
const TOTALS = 'schema/operations/Totals.graphql';

/** The contract with what is made of it made anew, so that only one test fails when what is committed is stale. */
let fresh: ContractCopy;
let contract: ContractCopy;
beforeAll(async () => {
  fresh = copyContract();
  await fresh.run();
});
afterAll(() => fresh[Symbol.dispose]());
beforeEach(() => {
  contract = copyContract(fresh);
});
afterEach(() => contract[Symbol.dispose]());

describe('npm run schema:compose', () => {
  it('writes what schema:check then accepts', async () => {
    contract.edit(CALLS, 'Calls in a cell. Unit: calls.', 'Calls. Unit: calls.');
    contract.remove('schema/errors.md');
    expect(await contract.run()).toEqual({
      code: 0,
      said: 'schema/supergraph.graphql: written\nschema/trusted-documents.json: unchanged\nschema/errors.md: written\n',
    });
    expect(contract.read('schema/supergraph.graphql')).toContain('Calls. Unit: calls.');
    expect((await contract.run('--check')).code).toBe(0);
    expect((await contract.run()).said).toBe('schema/supergraph.graphql: unchanged\nschema/trusted-documents.json: unchanged\nschema/errors.md: unchanged\n');
  });

  it('writes nothing when the subgraphs do not compose', async () => {
    contract.edit(CALLS, 'id: ID!\n  """\n  The days that the cell', 'id: Int!\n  """\n  The days that the cell');
    const before = contract.read('schema/supergraph.graphql');
    const { code, said } = await contract.run();
    expect(code).toBe(1);
    expect(said).toMatch(/the subgraphs do not compose: FIELD_TYPE_MISMATCH: .*"StatisticsCell.id"/);
    expect(said).toContain('Nothing was written.');
    expect(contract.read('schema/supergraph.graphql')).toBe(before);
  });

  it('says how it is used', async () => {
    expect(await contract.run('--chek')).toEqual({ code: 2, said: 'usage: node schema/compose.ts [--check]\n' });
  });
});

describe('npm run schema:check', () => {
  it('accepts what is committed', async () => {
    using committed = copyContract();
    expect(await committed.run('--check')).toEqual({ code: 0, said: expect.stringContaining('The schema is as it must be') });
  });

  it('refuses a supergraph that is stale, with the first line that differs', async () => {
    contract.edit(CALLS, '  byTopic: [CallsByTopic!]!', '  byTopics: [CallsByTopic!]!');
    await expectFaults([/^schema\/supergraph\.graphql:\d+: is stale: .* – run npm run schema:compose, review the diff and commit it$/]);
  });

  it('refuses artefacts that are not there or were edited', async () => {
    contract.remove('schema/supergraph.graphql');
    contract.edit('schema/errors.md', 'What can stand in', 'What may stand in');
    await expectFaults([/^schema\/errors\.md:\d+: is stale/, /^schema\/supergraph\.graphql: is not there – run npm run schema:compose/]);
  });

  it('refuses a supergraph of which lines were cut off', async () => {
    contract.write('schema/supergraph.graphql', contract.read('schema/supergraph.graphql').trimEnd());
    await expectFaults([/^schema\/supergraph\.graphql:\d+: is stale/]);
  });

  it('refuses schemas that do not compose, with the place', async () => {
    contract.edit(CALLS, '  period: Period! @shareable', '  period: Int! @shareable');
    await expectFaults([/^subgraphs\/\w+\/schema\.graphql:\d+: the subgraphs do not compose: \w+: .*StatisticsCell\.period/]);
  });

  it('refuses what is no GraphQL, with the place', async () => {
    contract.edit(CALLS, 'type Query {', 'type Query {{');
    await expectFaults([/^subgraphs\/calls\/schema\.graphql:\d+: Syntax Error: Expected Name, found "\{"\. – mend the syntax$/]);
  });

  it('refuses a subgraph without a schema', async () => {
    contract.remove(CALLS);
    await expectFaults([/^subgraphs\/calls\/schema\.graphql: cannot be read .* – add the file, or take the subgraph out of schema\/subgraphs\.ts$/]);
  });

  it('refuses what composition hints at', async () => {
    contract.edit(CALLS, 'A moment, ISO 8601 with offset; answers are in UTC.', 'A moment.');
    await expectFaults([/^subgraphs\/\w+(\/schema\.graphql:\d+)?: composition hints INCONSISTENT_DESCRIPTION: .*"DateTime".* – let the subgraphs agree/]);
  });

  it('lets a hint pass that is accepted by name with a reason', async () => {
    contract.edit(CALLS, 'A moment, ISO 8601 with offset; answers are in UTC.', 'A moment.');
    acceptHint('INCONSISTENT_DESCRIPTION', 'DateTime');
    await contract.run();
    expect((await contract.run('--check')).said).toContain('The schema is as it must be');
  });

  it('refuses the acceptance of a hint that is no longer given', async () => {
    acceptHint('INCONSISTENT_ENTITY', 'Call.id');
    await expectFaults([/^schema\/check\/accepted-hints\.ts: composition no longer hints INCONSISTENT_ENTITY about "Call\.id" – take the entry out$/]);
  });

  it('refuses an operation that no longer fits', async () => {
    contract.edit(REFERRALS, '  callToFirstHandover: DurationStatistics!', '  callToFirst: DurationStatistics!');
    await expectFaults([
      /^schema\/operations\/TimeFromCallToFirstHandover\.graphql:\d+: Cannot query field "callToFirstHandover" on type "ReferralStatistics"/,
      STALE,
    ]);
  });

  it('refuses operations that are not written as they must be', async () => {
    const variables = '{"period": {"from": "2021-01-01", "to": "2021-09-30"}}';
    const cases: [name: string, from: string, to: string, fault: RegExp][] = [
      ['Misnamed', 'query Misnamed(', 'query Mrs(', /:4: expected one operation, Misnamed, got Mrs – name the operation like its file/],
      ['Doubled', '# The published', 'query Doubled { agencies { id } } # The published', /:1: expected one operation, Doubled, got Doubled, Doubled/],
      ['Undescribed', '# The published totals', '\n# The published totals', /:1: does not begin with a description – say in a comment on the first line/],
      ['WithoutExample', '# variables: ', '# for example: ', /:1: takes variables but has no example of them – give an example as/],
      ['ExampleCutOff', variables, variables.slice(0, -1), /:3: the example of variables is no JSON: /],
      ['ExampleNoObject', variables, 'null', /:3: the example of variables is no JSON object/],
      ['NoSuchDay', '2021-09-30', '2021-09-31', /:3: the example does not fit: .*expected a day that exists, as YYYY-MM-DD, got "2021-09-31"/],
      ['Stranger', '{"period"', '{"interval": "DAY", "period"', /:3: the example has a variable "interval" that the operation does not take/],
      ['Missing', variables, '{}', /:3: the example does not fit: .*\$period/],
      ['Broken', 'calls {', 'calls {{', /:6: Syntax Error/],
      ['Misspelt', 'handovers\n', 'handoovers\n', /:15: Cannot query field "handoovers" on type "ReferralStatistics"/],
    ];
    for (const [name, from, to] of cases) {
      contract.write(`schema/operations/${name}.graphql`, contract.read(TOTALS).replaceAll('Totals', name));
      contract.edit(`schema/operations/${name}.graphql`, from, to);
    }
    const { said } = await contract.run('--check');
    for (const [name, , , fault] of cases) expect(said).toMatch(new RegExp(`^schema/operations/${name}\\.graphql${fault.source}`, 'm'));
  });

  it('refuses other files among the operations', async () => {
    contract.write('schema/operations/notes.md', 'to do');
    await expectFaults([/^schema\/operations\/notes\.md: is no \.graphql file/]);
  });

  it('refuses types, fields, arguments, enum values and input fields without description', async () => {
    const cases: [file: string, described: string, bare: string, coordinate: string][] = [
      [AGENCIES, '"""\nA plan by which agencies coordinate.\n"""\n', '', 'CoordinationPlan'],
      [AGENCIES, '"""\nA day as YYYY-MM-DD, in Vietnam (Asia/Ho_Chi_Minh).\n"""\n', '', 'Date'],
      [CALLS, '  """\n  All calls.\n  """\n', '', 'CallStatistics.total'],
      [AGENCIES, '    """\n    The scheme’s id, such as VN34.\n    """\n', '', 'Query.provinces(scheme:)'],
      [AGENCIES, '  """\n  Quý · Quarter\n  """\n', '', 'Interval.QUARTER'],
      [AGENCIES, 'input PeriodInput {\n  """\n  The first day.\n  """\n', 'input PeriodInput {\n', 'PeriodInput.from'],
      [AGENCIES, 'Days from `from` to `to`, both inclusive.\n"""\ninput', '  \n"""\ninput', 'PeriodInput'],
    ];
    for (const [file, described, bare] of cases) contract.edit(file, described, bare);
    const { said } = await contract.run('--check');
    for (const [file, , , coordinate] of cases)
      expect(said).toMatch(new RegExp(`^${file}:\\d+: ${literally(coordinate)} has no description – say above it`, 'm'));
  });

  it('refuses an enum that has other labels, another order or other values than the code list', async () => {
    contract.edit(CALLS, 'Tư vấn · Counselling', 'Tư vấn · Counseling');
    contract.edit(
      CALLS,
      '  """\n  Nữ · Female\n  """\n  FEMALE\n  """\n  Nam · Male\n  """\n  MALE\n',
      '  """\n  Nam · Male\n  """\n  MALE\n  """\n  Nữ · Female\n  """\n  FEMALE\n',
    );
    contract.edit(REFERRALS, '  """\n  Trùng lặp · Duplicate\n  """\n  DUPLICATE\n', '');
    const { said } = await contract.run('--check');
    expect(said).toMatch(
      /subgraphs\/calls\/schema\.graphql:\d+: CallCategory\.COUNSELLING is described as "Tư vấn · Counseling", schema\/code-lists\.ts has "Tư vấn · Counselling"/,
    );
    expect(said).toMatch(
      /subgraphs\/calls\/schema\.graphql:\d+: Sex has the values MALE FEMALE OTHER UNKNOWN, schema\/code-lists\.ts has FEMALE MALE OTHER UNKNOWN/,
    );
    expect(said).toMatch(/subgraphs\/referrals\/schema\.graphql:\d+: RejectionReason has the values .* – let the enum and schema\/code-lists\.ts agree/);
  });

  it('refuses a code list that is no enum, and labels in one language', async () => {
    contract.edit('schema/code-lists.ts', '  Means: {', '  Mittel: {');
    contract.edit(AGENCIES, 'Quý · Quarter', 'Quarter');
    const { said } = await contract.run('--check');
    expect(said).toMatch(/^schema\/code-lists\.ts:\d+: no subgraph's schema has an enum Mittel/m);
    expect(said).toMatch(/^subgraphs\/agencies\/schema\.graphql:\d+: Interval\.QUARTER is described as "Quarter" – write "Vietnamese · English"$/m);
  });

  it('refuses a field to another subgraph that may not be null', async () => {
    contract.edit(CALLS, '  province: Province\n', '  province: Province!\n');
    await expectFaults([STALE, /^subgraphs\/calls\/schema\.graphql:\d+: Call\.province leads to another subgraph but may not be null/]);
  });

  it('refuses fields, arguments and mutations without a rule of access', async () => {
    contract.edit(AGENCIES, '  ): [Province!]! @requiresScopes(scopes: [["reference:read"]])', '  ): [Province!]!');
    contract.edit(CALLS, 'type CallsByTopic @requiresScopes(scopes: [["statistics:exact"]]) @policy(policies: [["purpose"]]) {', 'type CallsByTopic {');
    contract.edit(VICTIMS, '  ): VictimPayload @requiresScopes(scopes: [["victims:identify"]]) @policy(policies: [["purpose"]])', '  ): VictimPayload');
    const { code, said } = await contract.run('--check');
    const bare = [...said.matchAll(/^(\S+):\d+: (\S+) has no rule of access – say on the field or its type who may/gm)].map(([, file, coordinate]) => [
      file,
      coordinate,
    ]);
    expect(bare).toEqual([
      [AGENCIES, 'Query.provinces'],
      [AGENCIES, 'Query.provinces(scheme:)'],
      [CALLS, 'CallsByTopic.topic'],
      [CALLS, 'CallsByTopic.total'],
      [CALLS, 'CallsByTopic.share'],
      [VICTIMS, 'Mutation.victimIdentify'],
      [VICTIMS, 'Mutation.victimIdentify(input:)'],
    ]);
    expect(code).toBe(1);
  });

  it('refuses rules that name what there is not, that ask for nothing, and that nobody fulfils', async () => {
    contract.edit(CALLS, '  ): Call @requiresScopes(scopes: [["calls:read"]])', '  ): Call @requiresScopes(scopes: [["calls:raed"]])');
    contract.edit(
      CALLS,
      'type CallEdge @requiresScopes(scopes: [["calls:read"]]) @policy(policies: [["purpose"]])',
      'type CallEdge @policy(policies: [["porpoise"]])',
    );
    contract.edit(AGENCIES, 'type AgencyVersion @requiresScopes(scopes: [["reference:read"]])', 'type AgencyVersion @requiresScopes(scopes: [[]])');
    contract.edit(AGENCIES, 'type AgencyPayload @requiresScopes(scopes: [["agencies:act"]])', 'type AgencyPayload @requiresScopes(scopes: [])');
    const { code, said } = await contract.run('--check');
    expect(said).toMatch(/^subgraphs\/calls\/schema\.graphql:\d+: Query\.call asks for the scope "calls:raed", which schema\/access\.ts does not know/m);
    expect(said).toMatch(/^subgraphs\/calls\/schema\.graphql:\d+: CallEdge asks for the policy "porpoise", which schema\/access\.ts does not know/m);
    expect(said).toMatch(/^subgraphs\/agencies\/schema\.graphql:\d+: AgencyVersion has a rule that asks for nothing/m);
    expect(said).toMatch(/^subgraphs\/agencies\/schema\.graphql:\d+: AgencyPayload has a rule that nobody can fulfil/m);
    expect(code).toBe(1);
  });

  it('refuses a directive of access under a name that it was not given', async () => {
    contract.edit(CALLS, '"@shareable", "@authenticated"', '"@shareable", { name: "@authenticated", as: "@signedIn" }');
    const { said } = await contract.run('--check');
    expect(said).toMatch(/^subgraphs\/calls\/schema\.graphql: @authenticated is used, but by the document's @link the directive is called @signedIn – /m);
  });

  it('refuses a scope that no role gives', async () => {
    contract.edit('schema/access.ts', "  secretary: ['reference:read', 'agencies:act'],", "  secretary: ['reference:read'],");
    await expectFaults([/^schema\/access\.ts: no role has the scope "agencies:act" – give it to a role, or take it out$/]);
  });

  it('refuses a public document that asks for what is not for everybody', async () => {
    contract.edit(TOTALS, '# variables:', '# public\n# variables:');
    const { code, said } = await contract.run('--check');
    expect(code).toBe(1);
    expect(said).toMatch(/schema\/operations\/Totals\.graphql: is public, but Query\.statistics is not for everybody/);
  });

  it('names all faults at once', async () => {
    contract.remove('schema/errors.md');
    contract.edit(CALLS, 'Tư vấn · Counselling', 'Tư vấn');
    contract.edit(TOTALS, 'query Totals(', 'query Total(');
    const changed = /^schema\/trusted-documents\.json:\d+: is stale/;
    await expectFaults([
      /^schema\/errors\.md/,
      /^schema\/operations\/Totals\.graphql:4/,
      STALE,
      changed,
      /^subgraphs\/calls\/schema\.graphql:\d+: CallCategory/,
    ]);
  });
});

const STALE = /^schema\/supergraph\.graphql:\d+: is stale/;

/** The check fails with these faults, in this order, and says how many there are. */
async function expectFaults(expected: readonly RegExp[]): Promise<void> {
  const { code, said } = await contract.run('--check');
  const lines = said.trimEnd().split('\n');
  expect(lines.pop()).toBe(expected.length === 1 ? '1 fault.' : `${expected.length} faults.`);
  expect(lines).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  expect(code).toBe(1);
}

function acceptHint(code: string, about: string): void {
  contract.edit('schema/check/accepted-hints.ts', 'AcceptedHint[] = [', `AcceptedHint[] = [{ code: '${code}', about: '${about}', reason: 'a test' },`);
}

function literally(text: string): string {
  return text.replaceAll(/[.()]/g, '\\$&');
}
