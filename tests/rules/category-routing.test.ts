import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type RoutingInput, routingFacts } from '../../src/modules/demands/index.ts';
import { compileRuleSet, evaluateRuleSet } from '../../src/modules/rules/index.ts';
import { seededDirectory } from '../support/organisation.ts';
import { partOf, readJson, ruleSetFile, seededDictionary } from '../support/rules.ts';

const directory = seededDirectory();
const dictionary = seededDictionary();
const set = ruleSetFile('category-routing');
const compiled = compileRuleSet(set);
const factsOf = (input: RoutingInput) => routingFacts(directory, dictionary, input);
const routed = async (input: RoutingInput) => (await evaluateRuleSet(set, factsOf(input))).outcome;

describe('R15: routing examples', () => {
  /** The product's own, or a bureau's (SUYING_ROUTING_EXAMPLES). */
  const file = process.env.SUYING_ROUTING_EXAMPLES ?? join(import.meta.dirname, 'routing-examples.json');
  const examples = readJson(file) as any[];
  test.each(examples.map((example) => [example.id, example.why ?? '', example]))(
    '%s %s',
    async (_id, _why, example) => {
      expect(partOf(await routed(example.facts), example.expected)).toEqual(example.expected);
    },
  );
});

describe('corners of routing', () => {
  const base = { category: 'POLICY', tags: [] as string[], keywords: [] as string[] };
  const up = (fromDepartment: string) => ({ direction: 'UP', fromDepartment });
  test.each<[string, Partial<RoutingInput> & { orgCode: string }, Record<string, unknown>]>([
    [
      'a tag the dictionary does not know leaves it to the desk',
      { orgCode: '341502', tags: ['没有这个标签'] },
      { ruleId: 'RT-F1', path: 'SINGLE', hostDepartment: '341502-TPS', manualDispatch: true },
    ],
    [
      'the same tag twice is one department',
      { orgCode: '341500', tags: ['契税', '契税'] },
      { ruleId: 'RT-T1', path: 'SINGLE', hostDepartment: '341500-PBT', coDepartments: [] },
    ],
    [
      'non-policy tags stand in the priority of the dictionary, not in their own order',
      { orgCode: '341523', tags: ['排队', '退库', '欠税'] },
      { path: 'JOINT', hostDepartment: '341523-COL', coDepartments: ['341523-REV', '341523-TPS'] },
    ],
    [
      'what the county has no function for takes the rest up with it',
      { orgCode: '341502', tags: ['数电平台', '增值税'] },
      {
        ruleId: 'RT-L2',
        path: 'LEVEL_UP',
        handlingMode: 'JOINT',
        hostDepartment: '341500-GST',
        coDepartments: ['341500-IT'],
        levelShift: up('341502-TAX1'),
      },
    ],
    [
      'beyond the county without a tag: the desk above decides',
      { orgCode: '341525', beyondAuthority: true },
      {
        ruleId: 'RT-L1',
        path: 'LEVEL_UP',
        hostDepartment: '341500-TPS',
        manualDispatch: true,
        levelShift: up('341525-TPS'),
      },
    ],
    [
      'beyond the city there is nobody in this system above: the city stays host',
      { orgCode: '341500', tags: ['契税'], beyondAuthority: true },
      { ruleId: 'RT-T1', path: 'SINGLE', hostDepartment: '341500-PBT' },
    ],
    [
      'a county names the city as responsible',
      { orgCode: '341504', tags: ['契税'], responsibleOrgCodes: ['341500'] },
      { ruleId: 'RT-L1', path: 'LEVEL_UP', hostDepartment: '341500-PBT', levelShift: up('341504-TAX') },
    ],
    [
      'a county names another county: the city coordinates',
      { orgCode: '341504', tags: ['契税'], responsibleOrgCodes: ['341525'] },
      { ruleId: 'RT-L4', path: 'LEVEL_UP', hostDepartment: '341500-TPS', manualDispatch: true },
    ],
    [
      'a county names itself: nothing moves',
      { orgCode: '341504', tags: ['契税'], responsibleOrgCodes: ['341504'] },
      { ruleId: 'RT-T1', path: 'SINGLE', hostDepartment: '341504-TAX' },
    ],
    [
      'a bureau that does not exist is as good as none',
      { orgCode: '341500', tags: ['契税'], responsibleOrgCodes: ['999999'] },
      { ruleId: 'RT-T1', path: 'SINGLE', hostDepartment: '341500-PBT' },
    ],
    [
      'one county, two departments there',
      { orgCode: '341500', tags: ['个税汇算', '退库'], responsibleOrgCodes: ['341503'] },
      {
        ruleId: 'RT-L3',
        path: 'LEVEL_DOWN',
        handlingMode: 'JOINT',
        hostDepartment: '341503-TAX2',
        coDepartments: ['341503-REV'],
        levelShift: { direction: 'DOWN', fromDepartment: '341500-IIT' },
      },
    ],
    [
      'the county cannot do what only the city has',
      { orgCode: '341500', tags: ['电子税务局故障', '契税'], responsibleOrgCodes: ['341503'] },
      { ruleId: 'RT-T2', path: 'JOINT', hostDepartment: '341500-PBT', coDepartments: ['341500-IT'] },
    ],
    [
      'no tag, a county responsible: its desk decides',
      { orgCode: '341500', responsibleOrgCodes: ['341503'] },
      { ruleId: 'RT-L3', path: 'LEVEL_DOWN', hostDepartment: '341503-TPS', manualDispatch: true },
    ],
    [
      'the only department is the one reported on: its counterpart above',
      { orgCode: '341523', tags: ['欠税'], reportedDepartment: '341523-COL' },
      {
        ruleId: 'RT-T1',
        path: 'LEVEL_UP',
        hostDepartment: '341500-COL',
        recusedDepartments: ['341523-COL'],
        levelShift: up('341523-COL'),
      },
    ],
    [
      'reported on, and above it is two departments',
      { orgCode: '341571', tags: ['增值税', '契税'], reportedDepartment: '341571-TAX' },
      { path: 'LEVEL_UP', handlingMode: 'JOINT', hostDepartment: '341500-GST', coDepartments: ['341500-PBT'] },
    ],
    [
      'one of two is reported on: the other alone',
      { orgCode: '341522', tags: ['养老', '退库'], reportedDepartment: '341522-SSF' },
      { ruleId: 'RT-T1', path: 'SINGLE', hostDepartment: '341522-REV', recusedDepartments: ['341522-SSF'] },
    ],
    [
      'one of three is reported on: the other two together',
      { orgCode: '341500', tags: ['增值税', '契税', '退库'], reportedDepartment: '341500-GST' },
      { ruleId: 'RT-T2', path: 'JOINT', hostDepartment: '341500-PBT', coDepartments: ['341500-REV'] },
    ],
    [
      'the city department is reported on and nobody is above: the desk finds another',
      { orgCode: '341500', tags: ['契税'], reportedDepartment: '341500-PBT' },
      { ruleId: 'RT-R1', path: 'SINGLE', hostDepartment: '341500-TPS', manualDispatch: true },
    ],
    [
      'the tax service of the city is reported on for the queue: not itself',
      { orgCode: '341500', category: 'SERVICE', tags: ['排队'], reportedDepartment: '341500-TPS' },
      { ruleId: 'RT-R1', hostDepartment: '341500-DISC', recusedDepartments: ['341500-TPS'] },
    ],
    [
      'the tax service of the county is reported on without a tag',
      { orgCode: '341502', category: 'SERVICE', reportedDepartment: '341502-TPS' },
      { ruleId: 'RT-F1', path: 'LEVEL_UP', hostDepartment: '341500-TPS', manualDispatch: true },
    ],
    [
      'the tax service of the city is reported on without a tag',
      { orgCode: '341500', category: 'SERVICE', reportedDepartment: '341500-TPS' },
      { ruleId: 'RT-F1', path: 'SINGLE', hostDepartment: '341500-DISC' },
    ],
    [
      'a county is told about a department of the city: the city’s matter',
      { orgCode: '341502', category: 'SERVICE', tags: ['窗口态度'], reportedDepartment: '341500-HALL' },
      {
        ruleId: 'RT-S1',
        path: 'LEVEL_UP',
        legalRoute: 'SERVICE_COMPLAINT',
        hostDepartment: '341500-TPS',
        restricted: true,
      },
    ],
    [
      'a county is told about the tax service of the city',
      { orgCode: '341502', category: 'SERVICE', tags: ['窗口态度'], reportedDepartment: '341500-TPS' },
      { ruleId: 'RT-S1', path: 'LEVEL_UP', hostDepartment: '341500-DISC', restricted: true },
    ],
    [
      'attitude at the window goes before the tax',
      { orgCode: '341502', category: 'SERVICE', tags: ['增值税', '窗口态度'], reportedDepartment: '341502-HALL' },
      { ruleId: 'RT-S1', path: 'SINGLE', hostDepartment: '341502-TPS', restricted: true },
    ],
    [
      'a clue of discipline about the discipline group itself',
      { orgCode: '341502', keywords: ['索要'], reportedDepartment: '341502-DISC' },
      { ruleId: 'RT-G1', legalRoute: 'DISCIPLINE_CLUE', hostDepartment: '341500-DISC', restricted: true },
    ],
    [
      'and at the city: internal audit',
      { orgCode: '341500', keywords: ['索要'], reportedDepartment: '341500-DISC' },
      { ruleId: 'RT-G1', hostDepartment: '341500-AUDIT', restricted: true },
    ],
    [
      'a report of evasion about the inspection bureau',
      { orgCode: '341500', keywords: ['虚开'], reportedDepartment: '341500-INSP' },
      { ruleId: 'RT-G2', legalRoute: 'TAX_VIOLATION_REPORT', hostDepartment: '341500-DISC', restricted: true },
    ],
    [
      'a clue the officer has confirmed stays one',
      { orgCode: '341503', keywords: ['偷税'], tags: ['契税'], clueConfirmed: true },
      { ruleId: 'RT-G2', hostDepartment: '341500-INSP' },
    ],
    [
      'a clue goes before legal remedy',
      { orgCode: '341503', category: 'LEGAL_REMEDY', keywords: ['复议', '举报'], legalIntent: 'CONSULT' },
      { ruleId: 'RT-G2', path: 'LEGAL_ROUTE' },
    ],
    [
      'a word of legal remedy in another category has to be answered first',
      { orgCode: '341503', tags: ['契税'], keywords: ['起诉'] },
      { ruleId: 'RT-G3', gatewayRequired: true, path: null, hostDepartment: '341503-LEGAL' },
    ],
    [
      'an intent without a word and without the category does not matter',
      { orgCode: '341503', tags: ['契税'], legalIntent: 'ORAL_RECONSIDERATION' },
      { ruleId: 'RT-T1', hostDepartment: '341503-TAX2' },
    ],
    [
      'reconsideration of an action of the city: the province, outside this system',
      {
        orgCode: '341502',
        category: 'LEGAL_REMEDY',
        keywords: ['复议'],
        legalIntent: 'WRITTEN_RECONSIDERATION',
        actionOrgCode: '341500',
      },
      {
        path: 'RECONSIDERATION',
        hostDepartment: '341502-LEGAL',
        legalRouteTarget: null,
        legalRouteTargetName: '国家税务总局安徽省税务局',
        restricted: true,
      },
    ],
    [
      'reconsideration of an action of a branch of the county: the county',
      {
        orgCode: '341502',
        category: 'LEGAL_REMEDY',
        legalIntent: 'ORAL_RECONSIDERATION',
        actionOrgCode: '341502',
        actionByDispatchedOrgan: true,
        reportedDepartment: '341502-SRC',
      },
      {
        path: 'RECONSIDERATION',
        legalRouteTarget: '341502-LEGAL',
        hostDepartment: '341502-LEGAL',
        recusedDepartments: ['341502-SRC'],
      },
    ],
    [
      'without word of who acted it is the bureau itself',
      { orgCode: '341502', category: 'LEGAL_REMEDY', legalIntent: 'ORAL_RECONSIDERATION' },
      { path: 'RECONSIDERATION', legalRouteTarget: '341500-LEGAL' },
    ],
    [
      'the legal department is the one reported on: the one above answers',
      { orgCode: '341502', category: 'LEGAL_REMEDY', legalIntent: 'CONSULT', reportedDepartment: '341502-LEGAL' },
      {
        ruleId: 'RT-G3',
        path: 'LEVEL_UP',
        handlingMode: 'SINGLE',
        hostDepartment: '341500-LEGAL',
        levelShift: up('341502-LEGAL'),
      },
    ],
    [
      'state compensation by either name',
      { orgCode: '341500', category: 'LEGAL_REMEDY', keywords: ['赔偿'], legalIntent: 'COMPENSATION' },
      { path: 'LEGAL_ROUTE', legalRoute: 'STATE_COMPENSATION', handlingMode: null },
    ],
    [
      'legal remedy answered with no',
      { orgCode: '341500', category: 'LEGAL_REMEDY', legalIntent: 'NONE' },
      { ruleId: 'RT-F1', manualDispatch: true },
    ],
    [
      'not our duty goes before tags that are',
      { orgCode: '341500', tags: ['契税', '非税务职责'] },
      { ruleId: 'RT-G4', path: 'NOT_OUR_DUTY', hostDepartment: '341500-TPS', handlingMode: null },
    ],
  ])('%s', async (_name, input, expected) => {
    expect(partOf(await routed({ ...base, ...input }), expected)).toEqual(expected);
  });
});

describe('R4: laws of routing', () => {
  const bureaus = directory.bureaus().map((bureau) => bureau.code);
  const departments = directory.data.departments.map((department) => department.code);
  const functions = new Set(dictionary.tags.map((item) => item.function));
  // One tag of each function is enough: routing looks at functions.
  const tags = [
    ...[...functions].map((name) => dictionary.tags.find((item) => item.function === name)!.tag),
    '窗口态度',
    '非税务职责',
    '没有这个标签',
  ];
  const keywords = ['吃拿卡要', '举报', '复议'];
  const categories = Object.keys(set.facts.category!.enum!);
  const intents = [null, ...Object.keys(set.facts.legalIntent!.enum!)];
  const input: fc.Arbitrary<RoutingInput> = fc.record({
    orgCode: fc.constantFrom(...bureaus),
    category: fc.constantFrom(...categories),
    tags: fc.uniqueArray(fc.constantFrom(...tags), { maxLength: 4 }),
    keywords: fc.uniqueArray(fc.constantFrom(...keywords), { maxLength: 2 }),
    legalIntent: fc.constantFrom(...intents),
    reportedDepartment: fc.option(fc.constantFrom(...departments)),
    actionOrgCode: fc.option(fc.constantFrom(...bureaus, '999999')),
    actionByDispatchedOrgan: fc.option(fc.boolean()),
    clueConfirmed: fc.option(fc.boolean()),
    beyondAuthority: fc.option(fc.boolean()),
    responsibleOrgCodes: fc.uniqueArray(fc.constantFrom(...bureaus), { maxLength: 3 }),
  });

  /** Everything that must be true of a suggestion, whatever came in. */
  function checkLaws(given: RoutingInput): void {
    const { outcome } = compiled(factsOf(given));
    const say = JSON.stringify({ given, outcome });
    const fail = (why: string): never => {
      throw new Error(`${why}: ${say}`);
    };
    for (const [key, value] of Object.entries(outcome)) {
      const declared = set.outcomeSchema[key];
      if (!declared) fail(`undeclared ${key}`);
      if (value === null) continue;
      const kind = Array.isArray(value) ? 'list' : typeof value;
      if (kind !== declared!.type) fail(`${key} is ${kind}`);
      if (declared!.enum && !Object.hasOwn(declared!.enum, String(value))) fail(`${key} out of its enumeration`);
    }
    const { path, handlingMode, hostDepartment, coDepartments } = outcome;
    const hosts = [hostDepartment, ...coDepartments] as string[];
    const superior = directory.superiorBureau(given.orgCode)?.code;
    const orgs = hosts.map((code) => directory.department(code)?.orgCode ?? fail(`no department ${code}`));
    if (new Set(hosts).size !== hosts.length) fail('a department twice');
    if (hosts.some((code) => !directory.department(code)!.participates)) fail('a department that does not take part');
    if (given.reportedDepartment && hosts.includes(given.reportedDepartment)) fail('the department reported on');
    if ((handlingMode === 'JOINT') !== coDepartments.length > 0) fail('joint with nobody, or single with somebody');
    if (['SINGLE', 'JOINT', 'NOT_OUR_DUTY'].includes(path) && orgs.some((org) => org !== given.orgCode))
      fail('another bureau without a level shift');
    if (path === 'JOINT' && handlingMode !== 'JOINT') fail('joint path in another mode');
    if (path === 'LEVEL_UP' && orgs.some((org) => org !== superior)) fail('up is not the superior');
    if (path === 'LEVEL_DOWN' && orgs.some((org) => directory.bureau(org)!.parent !== given.orgCode))
      fail('down is not below');
    if (path?.startsWith('LEVEL_') !== Boolean(outcome.levelShift) && path !== null)
      fail('level shift without a level');
    if (outcome.levelShift && directory.department(outcome.levelShift.fromDepartment)?.orgCode !== given.orgCode)
      fail('shift from elsewhere');
  }

  test('on random demands', () => {
    fc.assert(fc.property(input, checkLaws), { numRuns: 4000 });
  });

  test('on every bureau × tag pair × department reported on × level', () => {
    let checked = 0;
    for (const orgCode of ['341500', '341504', '341522']) {
      const reported = [null, ...directory.departmentsOf(orgCode).map((department) => department.code), '341500-TPS'];
      for (const first of tags)
        for (const second of tags)
          for (const reportedDepartment of reported)
            for (const beyondAuthority of [null, true])
              for (const responsible of [[], ['341503'], ['341500'], ['341503', '341525']]) {
                checkLaws({
                  orgCode,
                  category: 'OTHER',
                  tags: [first, second],
                  keywords: [],
                  reportedDepartment,
                  beyondAuthority,
                  responsibleOrgCodes: responsible,
                });
                checked += 1;
              }
    }
    expect(checked).toBeGreaterThan(50_000);
  });

  test('on every category × intent × clue × department reported on', () => {
    for (const orgCode of bureaus)
      for (const category of categories)
        for (const legalIntent of intents)
          for (const keyword of [[], ...keywords.map((word) => [word]), ['举报', '收受']])
            for (const clueConfirmed of [null, false])
              for (const reportedDepartment of [
                null,
                `${orgCode}-LEGAL`,
                `${orgCode}-DISC`,
                `${orgCode}-TPS`,
                '341500-INSP',
              ])
                checkLaws({
                  orgCode,
                  category,
                  tags: ['契税'],
                  keywords: keyword,
                  legalIntent,
                  clueConfirmed,
                  reportedDepartment,
                });
  });

  test('json-rules-engine decides the same', async () => {
    await fc.assert(
      fc.asyncProperty(input, async (given) => {
        const facts = factsOf(given);
        expect(await evaluateRuleSet(set, facts)).toEqual(compiled(facts));
      }),
      { numRuns: 300 },
    );
  });

  test('nothing reported on and nothing beyond: the order of tags changes only who is first among policy departments', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...tags), { maxLength: 4 }),
        fc.constantFrom(...bureaus),
        (list, orgCode) => {
          const of = (order: string[]) =>
            compiled(factsOf({ orgCode, category: 'OTHER', tags: order, keywords: [] })).outcome;
          const [one, other] = [of(list), of([...list].reverse())];
          const everybody = (outcome: any) => [outcome.hostDepartment, ...outcome.coDepartments].sort();
          expect(everybody(one)).toEqual(everybody(other));
          expect(one.path).toBe(other.path);
        },
      ),
      { numRuns: 500 },
    );
  });
});
