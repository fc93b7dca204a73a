import { describe, expect, test } from '@jest/globals';
import { approvalFacts } from '../../../src/modules/demands/index.ts';
import {
  APPROVAL_KINDS,
  type Approval,
  type ApprovalSubject,
  type OrgData,
  OrgDirectory,
  resolveApprover,
} from '../../../src/modules/org/index.ts';
import { compileRuleSet, parameterReader } from '../../../src/modules/rules/index.ts';
import { seededOrg } from '../../support/organisation.ts';
import { ruleSetFile } from '../../support/rules.ts';

const directory = new OrgDirectory(seededOrg());

function changed(change: (org: OrgData) => void): OrgDirectory {
  const org = seededOrg();
  change(org);
  return new OrgDirectory(org);
}
const lends = (
  principal: string,
  delegate: string,
  scope: string[],
  more: Partial<OrgData['delegations'][number]> = {},
) =>
  changed((org) =>
    org.delegations.push({
      id: 'X',
      principalPost: null,
      principal,
      delegate,
      mode: 'DELEGATION',
      scope,
      from: '2026-11-23',
      to: '2026-11-25',
      reason: '公出',
      ...more,
    }),
  );

const ask = (approval: Approval, given: Partial<ApprovalSubject> = {}, people = directory) =>
  resolveApprover(people, {
    approval,
    orgCode: '341523',
    department: '341523-TAX2',
    date: '2026-11-23',
    recused: new Map(),
    ...given,
  });
const who = (...given: Parameters<typeof ask>) =>
  ask(...given).candidates.map((item) => [item.login, item.via, ...(item.onBehalfOf ? [item.onBehalfOf] : [])]);
const out = (...logins: string[]) => new Map(logins.map((login) => [login, '被反映人']));

// 舒城县局: deputy of TAX2 panlichun, of the desk sushuangjiang, chief yunxiaoshu; 市局 chief zhaolichun.
describe('R18, R22: who approves an extension', () => {
  test.each<[string, Partial<ApprovalSubject>, OrgDirectory, string[][]]>([
    ['the deputy in charge', {}, directory, [['panlichun', 'HOLDER']]],
    ['of a joint handling the chief', { handlingMode: 'JOINT' }, directory, [['yunxiaoshu', 'HOLDER']]],
    ['a department directly under the chief', { department: '341523-DISC' }, directory, [['yunxiaoshu', 'HOLDER']]],
    [
      'the post of the deputy is vacant (341523-DEPUTY4): the chief',
      { department: '341523-SSF' },
      directory,
      [['yunxiaoshu', 'VACANCY_FALLBACK']],
    ],
    [
      'the deputy is reported on: the chief',
      { recused: out('panlichun') },
      directory,
      [['yunxiaoshu', 'RECUSAL_FALLBACK']],
    ],
    [
      'deputy and chief are reported on: the chief of the city',
      { recused: out('panlichun', 'yunxiaoshu') },
      directory,
      [['zhaolichun', 'RECUSAL_FALLBACK']],
    ],
    [
      'the deputy is on leave: who stands in, and the deputy',
      {},
      lends('panlichun', 'gexiaoman', ['EXTENSION_APPROVAL']),
      [
        ['gexiaoman', 'DELEGATE', 'panlichun'],
        ['panlichun', 'HOLDER'],
      ],
    ],
    [
      'a delegation for something else does not count',
      {},
      lends('panlichun', 'gexiaoman', ['TASKS']),
      [['panlichun', 'HOLDER']],
    ],
    [
      'nor one that is over',
      { date: '2026-11-26' },
      lends('panlichun', 'gexiaoman', ['ALL']),
      [['panlichun', 'HOLDER']],
    ],
    [
      'the delegate has to stay out too: the chief, not the absent deputy',
      { recused: out('gexiaoman') },
      lends('panlichun', 'gexiaoman', ['ALL']),
      [['yunxiaoshu', 'RECUSAL_FALLBACK']],
    ],
    [
      'the deputy has to stay out: the delegate, who acts in that name, as well',
      { recused: out('panlichun') },
      lends('panlichun', 'gexiaoman', ['ALL']),
      [['yunxiaoshu', 'RECUSAL_FALLBACK']],
    ],
    [
      'what was lent is not lent on',
      {},
      new OrgDirectory({
        ...seededOrg(),
        delegations: [
          ['panlichun', 'gexiaoman'],
          ['gexiaoman', 'sushuangjiang'],
        ].map(([principal, delegate], index) => ({
          id: `X${index}`,
          principalPost: null,
          principal: principal!,
          delegate: delegate!,
          mode: 'DELEGATION',
          scope: ['ALL'],
          from: '2026-11-23',
          to: '2026-11-25',
          reason: '公出',
        })),
      }),
      [
        ['gexiaoman', 'DELEGATE', 'panlichun'],
        ['panlichun', 'HOLDER'],
      ],
    ],
    [
      'DLG-001: the deputy of the city is away, the other deputy stands in',
      { orgCode: '341500', department: '341500-GST', date: '2026-11-23' },
      directory,
      [
        ['zhouqingming', 'DELEGATE', 'sunbailu'],
        ['sunbailu', 'HOLDER'],
      ],
    ],
    [
      'DLG-002: the chief is away, a deputy acts; the joint handling is theirs',
      { orgCode: '341502', department: '341502-TAX1', handlingMode: 'JOINT', date: '2026-10-12' },
      directory,
      [
        ['qimangzhong', 'DELEGATE', 'jiangyushui'],
        ['jiangyushui', 'HOLDER'],
      ],
    ],
  ])('%s', (_name, given, people, expected) => expect(who('extension-approver', given, people)).toEqual(expected));

  test('nobody is left in the city: tax service assigns it, and the page says who was passed over', () => {
    const decision = ask('extension-approver', {
      orgCode: '341500',
      department: '341500-DISC',
      recused: out('zhaolichun'),
    });
    expect(decision).toMatchObject({ candidates: [], unassignable: true });
    expect(decision.why).toBe('纪检组由主要领导直管，主要领导赵立春是被反映人，应当回避。已交纳税服务部门指派。');
  });
});

describe('every other approval', () => {
  test.each<[Approval, string, Partial<ApprovalSubject>, string[][]]>([
    ['deferral-approver', 'R19: the head of tax service in a county', {}, [['xibailu', 'HOLDER']]],
    [
      'deferral-approver',
      'the deputy in charge in the city, away (DLG-001 covers it)',
      { orgCode: '341500', department: '341500-GST' },
      [
        ['zhouqingming', 'DELEGATE', 'sunbailu'],
        ['sunbailu', 'HOLDER'],
      ],
    ],
    [
      'deferral-approver',
      'the head of tax service has handled it: the deputy in charge of tax service',
      { department: '341523-TPS', recused: new Map([['xibailu', '经办人']]) },
      [['sushuangjiang', 'RECUSAL_FALLBACK']],
    ],
    ['deferral-confirmer', 'R19: after a year the chief', {}, [['yunxiaoshu', 'HOLDER']]],
    ['unreasonable-reviewer', 'R17: the deputy in charge of tax service', {}, [['sushuangjiang', 'HOLDER']]],
    [
      'return-reviewer',
      'R17: the desk, main and stand-in',
      {},
      [
        ['xibailu', 'HOLDER'],
        ['fandongzhi', 'HOLDER'],
      ],
    ],
    [
      'return-reviewer',
      'the desk and its head have an interest: the deputy in charge of tax service',
      { recused: out('fandongzhi', 'xibailu') },
      [['sushuangjiang', 'RECUSAL_FALLBACK']],
    ],
    ['completion-reviewer', 'R17: the head of the host', {}, [['zhaojingzhe', 'HOLDER']]],
    [
      'completion-reviewer',
      'the head has handled it: the deputy in charge',
      { recused: new Map([['zhaojingzhe', '经办人']]) },
      [['panlichun', 'RECUSAL_FALLBACK']],
    ],
    [
      'completion-reviewer',
      'the department is reported on: its head stays out',
      { recusedDepartment: '341523-TAX2' },
      [['panlichun', 'RECUSAL_FALLBACK']],
    ],
    ['supervision-receiver', 'R30: yellow card, the head of the host', {}, [['zhaojingzhe', 'HOLDER']]],
    ['supervision-leader', 'R30: red card, the deputy in charge', {}, [['panlichun', 'HOLDER']]],
    [
      'supervision-leader',
      'R30: the post is vacant, the chief',
      { department: '341523-REV' },
      [['yunxiaoshu', 'VACANCY_FALLBACK']],
    ],
    ['supervision-chief', 'R30: raised, the chief', {}, [['yunxiaoshu', 'HOLDER']]],
    ['bulletin-signer', 'R30: the deputy in charge of tax service', {}, [['sushuangjiang', 'HOLDER']]],
  ])('%s: %s', (approval, _name, given, expected) => expect(who(approval, given)).toEqual(expected));
});

describe('为什么是我，什么情况下不是我', () => {
  test('the holder', () => {
    const decision = ask('extension-approver');
    expect(decision.why).toBe('由税政二股的分管局领导潘立春审批延期。');
    expect(decision.whyNot).toEqual([
      '潘立春外出并设了代理的，代理期内也可以由代理人审批延期',
      '潘立春是被反映人、申请人的，由云小暑审批延期',
      '若是联合办理，由主要领导云小暑审批',
    ]);
  });
  test('who stands in: until when, and who after that', () => {
    const decision = ask('extension-approver', {}, lends('panlichun', 'gexiaoman', ['ALL']));
    expect(decision.why).toBe('由税政二股的分管局领导潘立春（11月23日至 11月25日公出，由葛小满代理）审批延期。');
    expect(decision.whyNot[0]).toBe('代理期过后（11月26日起），由潘立春审批延期');
  });
  test('a vacant post, a holder with an interest', () => {
    expect(ask('extension-approver', { department: '341523-SSF' }).why).toBe(
      '社会保险费和非税收入股的分管局领导岗位空缺，由舒城县税务局的主要领导云小暑审批延期。',
    );
    const decision = ask('completion-reviewer', { recused: new Map([['zhaojingzhe', '经办人']]) });
    expect(decision.why).toBe('税政二股的负责人赵惊蛰是经办人，应当回避，由税政二股的分管局领导潘立春审核办结。');
    expect(decision.whyNot).toContain('赵惊蛰不用回避的，由赵惊蛰审核办结');
    expect(ask('supervision-receiver').why).toBe('由税政二股的负责人赵惊蛰签收督办。');
  });
});

describe('laws', () => {
  const approvals = Object.keys(APPROVAL_KINDS) as Approval[];
  const days = ['2026-10-12', '2026-11-10', '2026-11-23'];
  const departments = directory.data.departments.filter((department) => department.participates);

  test('nobody who has to stay out ever approves, whatever the approval, department and day', () => {
    for (const approval of approvals)
      for (const department of departments)
        for (const date of days) {
          let recused = new Map<string, string>();
          // One after the other everybody who would approve is taken out, until nobody is left.
          for (let round = 0; round < 8; round += 1) {
            const { candidates, unassignable } = ask(approval, {
              orgCode: department.orgCode,
              department: department.code,
              date,
              recused,
            });
            expect(candidates.filter((item) => recused.has(item.login))).toEqual([]);
            expect(unassignable).toBe(candidates.length === 0);
            if (unassignable) break;
            recused = new Map([...recused, ...candidates.map((item) => [item.login, '被反映人'] as const)]);
          }
        }
  });

  test('the resolver names whom the rule set extension-approval names', () => {
    const rules = compileRuleSet(ruleSetFile('extension-approval'));
    const table = ruleSetFile('deadlines');
    const parameters = parameterReader(table.default.outcome, table.version);
    for (const department of departments)
      for (const date of days)
        for (const handlingMode of ['SINGLE', 'JOINT'])
          for (const recused of [
            [],
            [directory.holderOf(directory.leaderPostFor(department.code)!, date)?.login ?? ''],
          ]) {
            const { outcome } = rules(
              approvalFacts(
                directory,
                {
                  handlingMode,
                  orgCode: department.orgCode,
                  hostDepartment: department.code,
                  asOf: date,
                  currentTotalWorkingDays: 5,
                  requestedTotalWorkingDays: 8,
                  extensionsAlreadyApproved: 0,
                  submittedBeforeDue: true,
                  taxpayerExplanationRecorded: true,
                  recusedLogins: recused,
                },
                parameters,
              ),
            );
            const [first] = ask('extension-approver', {
              orgCode: department.orgCode,
              department: department.code,
              handlingMode,
              date,
              recused: out(...recused),
            }).candidates;
            expect([department.code, date, handlingMode, first?.login ?? null]).toEqual([
              department.code,
              date,
              handlingMode,
              outcome.approverLogin,
            ]);
          }
  });
});
