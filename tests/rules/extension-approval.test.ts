import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ApprovalInput, approvalFacts, type ParameterReader } from '../../src/modules/demands/index.ts';
import { type OrgData, OrgDirectory } from '../../src/modules/org/index.ts';
import { compileRuleSet, evaluateRuleSet, overrideParameters, parameterReader } from '../../src/modules/rules/index.ts';
import { seededOrg } from '../support/organisation.ts';
import { partOf, readJson, ruleSetFile } from '../support/rules.ts';

const set = ruleSetFile('extension-approval');
const table = ruleSetFile('deadlines');
const compiled = compileRuleSet(set);
const compiledTable = compileRuleSet(table);
const directory = new OrgDirectory(seededOrg());

function parametersFor(input: Partial<ApprovalInput>, overrides?: Record<string, unknown>): ParameterReader {
  const { outcome } = compiledTable({ orgCode: input.orgCode, handlingMode: input.handlingMode });
  return parameterReader(overrideParameters(table, outcome, overrides), table.version);
}

/** As an example file writes it: facts of an application, with the parameters that are to be different. */
type Given = ApprovalInput & { parameterOverrides?: Record<string, unknown> };

const decided = async ({ parameterOverrides, ...input }: Given, people = directory) =>
  (await evaluateRuleSet(set, approvalFacts(people, input, parametersFor(input, parameterOverrides)))).outcome;

describe('extension approval examples', () => {
  /** The product's own, or a bureau's (SUYING_EXTENSION_EXAMPLES). */
  const file = process.env.SUYING_EXTENSION_EXAMPLES ?? join(import.meta.dirname, 'extension-examples.json');
  const examples = readJson(file) as any[];
  test.each(examples.map((example) => [example.id, example.why ?? '', example]))(
    '%s %s',
    async (_id, _why, example) => {
      expect(partOf(await decided(example.facts), example.expected)).toEqual(example.expected);
    },
  );
});

/** An application of one department of a county that may be granted. */
const single: Given = {
  handlingMode: 'SINGLE',
  orgCode: '341523',
  hostDepartment: '341523-TAX1',
  asOf: '2026-11-10',
  currentTotalWorkingDays: 5,
  requestedTotalWorkingDays: 8,
  extensionsAlreadyApproved: 0,
  submittedBeforeDue: true,
  taxpayerExplanationRecorded: true,
  recusedLogins: [],
};
const joint: Given = {
  ...single,
  handlingMode: 'JOINT',
  orgCode: '341522',
  hostDepartment: '341522-TAX1',
  requestedTotalWorkingDays: 10,
};

/** The organisation with something else in it. */
function changed(change: (org: OrgData) => void): OrgDirectory {
  const org = seededOrg();
  change(org);
  return new OrgDirectory(org);
}
const delegation = (item: Partial<OrgData['delegations'][number]>): OrgData['delegations'][number] => ({
  id: 'X',
  principalPost: null,
  principal: 'panlichun',
  delegate: 'yunxiaoshu',
  mode: 'AB_POST',
  scope: ['EXTENSION_APPROVAL'],
  from: '2026-11-01',
  to: '2026-11-20',
  reason: '公出',
  ...item,
});
const withDelegation = (item: Partial<OrgData['delegations'][number]>) =>
  changed((org) => org.delegations.push(delegation(item)));

const OF = {
  /** 舒城县局: deputy in charge of TAX1, chief; 市局 chief. */
  deputy: 'panlichun',
  chief: 'yunxiaoshu',
  cityChief: 'zhaolichun',
};

describe('who approves', () => {
  test.each<[string, Given, OrgDirectory, Record<string, unknown>]>([
    [
      'the deputy in charge of the host department',
      single,
      directory,
      { approverRole: 'DEPUTY_IN_CHARGE', approverLogin: OF.deputy, via: 'HOLDER' },
    ],
    [
      'a department directly under the chief: the chief',
      { ...single, hostDepartment: '341523-DISC' },
      directory,
      { approverRole: 'CHIEF', approverLogin: OF.chief, via: 'HOLDER' },
    ],
    [
      'a dispatched organ (派出机构) has the deputy in charge of it, as any department',
      { ...single, orgCode: '341500', hostDepartment: '341500-INSP' },
      directory,
      { approverRole: 'DEPUTY_IN_CHARGE', approverLogin: 'lidongzhi', via: 'HOLDER' },
    ],
    [
      'a branch that nobody is in charge of by name follows the department above it',
      { ...single, hostDepartment: '341523-STATION' },
      changed((org) => {
        org.departments.push({
          ...org.departments.find((item) => item.code === '341523-SRC')!,
          code: '341523-STATION',
          parent: '341523-SRC',
        });
      }),
      { approverRole: 'DEPUTY_IN_CHARGE', approverLogin: directory.holderOf('341523-DEPUTY3', '2026-11-10')!.login },
    ],
    [
      'a demand passed up is approved at the level that hosts it',
      { ...single, hostDepartment: '341500-GST' },
      directory,
      { approverRole: 'DEPUTY_IN_CHARGE', approverLogin: 'sunbailu', via: 'HOLDER' },
    ],
    [
      'a joint handling: the chief, whoever is in charge',
      joint,
      directory,
      { approverRole: 'CHIEF', approverLogin: 'zhanglidong', via: 'HOLDER' },
    ],
    [
      'a delegate who does not exist signs nothing',
      single,
      withDelegation({ delegate: 'nobody' }),
      { approverLogin: OF.deputy, via: 'HOLDER' },
    ],
    [
      'on the first day of a delegation',
      { ...single, orgCode: '341500', hostDepartment: '341500-GST', asOf: '2026-11-16' },
      directory,
      { approverLogin: 'zhouqingming', via: 'DELEGATE' },
    ],
    [
      'on its last day',
      { ...single, orgCode: '341500', hostDepartment: '341500-GST', asOf: '2026-11-27' },
      directory,
      { approverLogin: 'zhouqingming', via: 'DELEGATE' },
    ],
    [
      'the day before it begins',
      { ...single, orgCode: '341500', hostDepartment: '341500-GST', asOf: '2026-11-15' },
      directory,
      { approverLogin: 'sunbailu', via: 'HOLDER' },
    ],
    [
      'a delegation of another scope does not reach approvals',
      single,
      withDelegation({ scope: ['TASKS'] }),
      { approverLogin: OF.deputy, via: 'HOLDER' },
    ],
    [
      'a delegation of everything does',
      single,
      withDelegation({ scope: ['ALL'], delegate: 'fandongzhi' }),
      { approverRole: 'DEPUTY_IN_CHARGE', approverLogin: 'fandongzhi', via: 'DELEGATE' },
    ],
    [
      'a delegation of another post of the same person does not',
      single,
      withDelegation({ principalPost: '341523-DEPUTY1' }),
      { approverLogin: OF.deputy, via: 'HOLDER' },
    ],
    [
      'the post is vacant: the chief',
      { ...single, hostDepartment: '341523-REV' },
      directory,
      { approverRole: 'CHIEF', approverLogin: OF.chief, via: 'VACANCY_FALLBACK' },
    ],
    [
      'not yet vacant on the day before, but nobody in it either: the chief',
      { ...single, hostDepartment: '341523-REV', asOf: '2026-08-31' },
      directory,
      { approverRole: 'CHIEF', via: 'VACANCY_FALLBACK' },
    ],
    [
      'vacant, with somebody acting in it (主持工作): that person',
      { ...single, hostDepartment: '341523-REV' },
      changed((org) =>
        org.delegations.push(
          delegation({ principalPost: '341523-DEPUTY4', principal: '', delegate: OF.deputy, mode: 'ACTING' }),
        ),
      ),
      { approverRole: 'DEPUTY_IN_CHARGE', approverLogin: OF.deputy, via: 'DELEGATE' },
    ],
    [
      'vacant and the chief away: who acts for the chief',
      { ...single, orgCode: '341502', hostDepartment: '341502-LEGAL', asOf: '2026-10-10', approverPostVacant: true },
      directory,
      { approverRole: 'CHIEF', approverLogin: 'qimangzhong', via: 'VACANCY_FALLBACK' },
    ],
    [
      'the leader is the one reported on: the chief',
      { ...single, recusedLogins: [OF.deputy] },
      directory,
      { approverRole: 'CHIEF', approverLogin: OF.chief, via: 'RECUSAL_FALLBACK' },
    ],
    [
      'the leader is the applicant: the chief',
      { ...single, requestedBy: OF.deputy },
      directory,
      { approverRole: 'CHIEF', approverLogin: OF.chief, via: 'RECUSAL_FALLBACK' },
    ],
    [
      'a leader reported on cannot sign through a delegate',
      { ...single, recusedLogins: [OF.deputy] },
      withDelegation({ delegate: 'fandongzhi' }),
      { approverRole: 'CHIEF', approverLogin: OF.chief, via: 'RECUSAL_FALLBACK' },
    ],
    [
      'the delegate is the applicant: the chief',
      { ...single, orgCode: '341500', hostDepartment: '341500-GST', asOf: '2026-11-20', requestedBy: 'zhouqingming' },
      directory,
      { approverRole: 'CHIEF', approverLogin: OF.cityChief, via: 'RECUSAL_FALLBACK' },
    ],
    [
      'leader and chief are both reported on: the chief above',
      { ...single, recusedLogins: [OF.deputy, OF.chief] },
      directory,
      { approverRole: 'SUPERIOR_CHIEF', approverLogin: OF.cityChief, via: 'RECUSAL_FALLBACK' },
    ],
    [
      'the chief is reported on but does not approve this one: nothing changes',
      { ...single, recusedLogins: [OF.chief] },
      directory,
      { approverRole: 'DEPUTY_IN_CHARGE', approverLogin: OF.deputy, via: 'HOLDER' },
    ],
    [
      'the chief acts for the county while away: who acts, in a joint handling too',
      { ...joint, orgCode: '341502', hostDepartment: '341502-TAX1', asOf: '2026-10-23' },
      directory,
      { approverRole: 'CHIEF', approverLogin: 'qimangzhong', via: 'DELEGATE' },
    ],
    [
      'who acts for the chief is reported on: the chief above',
      {
        ...joint,
        orgCode: '341502',
        hostDepartment: '341502-TAX1',
        asOf: '2026-10-23',
        recusedLogins: ['qimangzhong'],
      },
      directory,
      { approverRole: 'SUPERIOR_CHIEF', approverLogin: OF.cityChief, via: 'RECUSAL_FALLBACK' },
    ],
    [
      'the county has no chief: the chief above',
      joint,
      changed((org) => {
        org.posts.find((post) => post.code === '341522-CHIEF')!.holder = null;
      }),
      { approverRole: 'SUPERIOR_CHIEF', approverLogin: OF.cityChief, via: 'VACANCY_FALLBACK' },
    ],
    [
      'the leader has left the service: as if vacant',
      single,
      changed((org) => {
        org.users.find((user) => user.login === OF.deputy)!.status = 'DISABLED';
      }),
      { approverRole: 'CHIEF', approverLogin: OF.chief, via: 'VACANCY_FALLBACK' },
    ],
  ])('%s', async (_name, given, people, expected) => {
    expect(await decided(given, people)).toMatchObject({ allowed: true, ...expected });
  });

  test('the chief of the city is reported on and nobody is above: it cannot be granted here', async () => {
    const given = { ...joint, orgCode: '341500', hostDepartment: '341500-PBT', recusedLogins: [OF.cityChief] };
    expect(await decided(given)).toMatchObject({
      approverLogin: null,
      via: 'NOBODY',
      allowed: false,
      reasonCode: 'NO_APPROVER',
    });
  });
});

describe('whether it may be granted', () => {
  test.each<[string, Given, Record<string, unknown>]>([
    ['up to the limit', { ...single, requestedTotalWorkingDays: 10 }, { allowed: true, reasonCode: 'OK', cap: 10 }],
    [
      'a day more',
      { ...single, requestedTotalWorkingDays: 11 },
      { allowed: false, reasonCode: 'CAP_EXCEEDED', cap: 10 },
    ],
    [
      'ten on top, where the bureau reads it so',
      {
        ...single,
        requestedTotalWorkingDays: 15,
        parameterOverrides: { 'handle.single.extension.capBasis': 'ADDITIONAL' },
      },
      { allowed: true, reasonCode: 'OK', cap: 15 },
    ],
    [
      'eleven on top',
      {
        ...single,
        requestedTotalWorkingDays: 16,
        parameterOverrides: { 'handle.single.extension.capBasis': 'ADDITIONAL' },
      },
      { allowed: false, reasonCode: 'CAP_EXCEEDED', cap: 15 },
    ],
    [
      'on top counts from the limit of the table',
      {
        ...single,
        requestedTotalWorkingDays: 9,
        currentTotalWorkingDays: 3,
        parameterOverrides: {
          'handle.single.extension.capBasis': 'ADDITIONAL',
          'handle.single.days': 3,
          'handle.single.max_total': 6,
        },
      },
      { allowed: true, cap: 9 },
    ],
    [
      'a stricter limit of the bureau, by either spelling',
      { ...single, requestedTotalWorkingDays: 8, parameterOverrides: { 'handle.single.maxTotal': 7 } },
      { allowed: false, reasonCode: 'CAP_EXCEEDED', cap: 7 },
    ],
    [
      'once',
      { ...single, currentTotalWorkingDays: 8, requestedTotalWorkingDays: 10, extensionsAlreadyApproved: 1 },
      { allowed: false, reasonCode: 'EXTENSION_LIMIT_REACHED' },
    ],
    [
      'twice, where the bureau allows it',
      {
        ...single,
        currentTotalWorkingDays: 8,
        requestedTotalWorkingDays: 10,
        extensionsAlreadyApproved: 1,
        parameterOverrides: { 'handle.single.max_extensions': 2 },
      },
      { allowed: true, reasonCode: 'OK' },
    ],
    ['too late', { ...single, submittedBeforeDue: false }, { allowed: false, reasonCode: 'SUBMITTED_AFTER_DUE' }],
    ['too late, joint', { ...joint, submittedBeforeDue: false }, { allowed: false, reasonCode: 'SUBMITTED_AFTER_DUE' }],
    [
      'no longer than now',
      { ...single, requestedTotalWorkingDays: 5 },
      { allowed: false, reasonCode: 'NOT_LONGER_THAN_CURRENT' },
    ],
    [
      'shorter than now',
      { ...joint, requestedTotalWorkingDays: 4 },
      { allowed: false, reasonCode: 'NOT_LONGER_THAN_CURRENT' },
    ],
    [
      'the taxpayer not told: afterwards, for one department',
      { ...single, taxpayerExplanationRecorded: false },
      { allowed: true, reasonCode: 'OK_EXPLAIN_AFTER' },
    ],
    [
      'the taxpayer not told: not before, for a joint handling',
      { ...joint, taxpayerExplanationRecorded: false },
      { allowed: false, reasonCode: 'EXPLANATION_REQUIRED' },
    ],
    [
      'joint up to ten needs no kind of reason',
      { ...joint, requestedTotalWorkingDays: 10 },
      { allowed: true, reasonCode: 'OK', cap: 30 },
    ],
    [
      'joint beyond ten does',
      { ...joint, requestedTotalWorkingDays: 11 },
      { allowed: false, reasonCode: 'REASON_TYPE_REQUIRED' },
    ],
    [
      'an empty kind of reason is none',
      { ...joint, requestedTotalWorkingDays: 11, reasonType: '' },
      { allowed: false, reasonCode: 'REASON_TYPE_REQUIRED' },
    ],
    [
      'joint has no number of times',
      {
        ...joint,
        currentTotalWorkingDays: 10,
        requestedTotalWorkingDays: 15,
        extensionsAlreadyApproved: 3,
        reasonType: 'COMPLEX_CASE',
      },
      { allowed: true, reasonCode: 'OK' },
    ],
    [
      'joint at the soft limit',
      { ...joint, requestedTotalWorkingDays: 30, reasonType: 'COMPLEX_CASE' },
      { allowed: true, reasonCode: 'OK' },
    ],
    [
      'joint beyond it at first',
      { ...joint, requestedTotalWorkingDays: 31, reasonType: 'COMPLEX_CASE' },
      { allowed: false, reasonCode: 'SOFT_CAP_EXCEEDED' },
    ],
    [
      'joint beyond it again: the county tells the city',
      {
        ...joint,
        currentTotalWorkingDays: 30,
        requestedTotalWorkingDays: 31,
        extensionsAlreadyApproved: 1,
        reasonType: 'COMPLEX_CASE',
      },
      { allowed: true, reasonCode: 'OK_OVER_SOFT_CAP', copySuperior: true },
    ],
    [
      'the city has nobody to tell',
      {
        ...joint,
        orgCode: '341500',
        hostDepartment: '341500-PBT',
        currentTotalWorkingDays: 30,
        requestedTotalWorkingDays: 31,
        extensionsAlreadyApproved: 1,
        reasonType: 'COMPLEX_CASE',
      },
      { allowed: true, reasonCode: 'OK_OVER_SOFT_CAP', copySuperior: false },
    ],
    [
      'a soft limit of the bureau',
      {
        ...joint,
        requestedTotalWorkingDays: 21,
        reasonType: 'COMPLEX_CASE',
        parameterOverrides: { 'handle.joint.soft_cap_total': 20 },
      },
      { allowed: false, reasonCode: 'SOFT_CAP_EXCEEDED', cap: 20 },
    ],
    [
      'what has no limit cannot be extended',
      { ...single, handlingMode: null },
      { allowed: false, reasonCode: 'NOT_EXTENDABLE', approverRole: null, cap: null },
    ],
  ])('%s', async (_name, given, expected) => {
    expect(await decided(given)).toMatchObject(expected);
  });

  test('an unknown parameter is refused by name', async () => {
    await expect(async () =>
      decided({ ...single, parameterOverrides: { 'handle.single.dayz': 3 } }),
    ).rejects.toMatchObject({
      code: 'Invalid',
      problems: [expect.objectContaining({ pointer: '/handle.single.dayz' })],
    });
  });
});

describe('laws of approval', () => {
  const hosts = directory.data.departments.filter((department) => department.participates);
  const leaders = directory.data.users.filter((user) =>
    user.roles.some((role) => ['CHIEF', 'DEPUTY_IN_CHARGE'].includes(role)),
  );
  const application = fc.record({
    handlingMode: fc.constantFrom('SINGLE', 'JOINT'),
    host: fc.constantFrom(...hosts),
    asOf: fc.constantFrom(
      '2026-10-08',
      '2026-10-23',
      '2026-10-24',
      '2026-11-10',
      '2026-11-16',
      '2026-11-27',
      '2026-11-28',
    ),
    currentTotalWorkingDays: fc.integer({ min: 3, max: 31 }),
    requestedTotalWorkingDays: fc.integer({ min: 1, max: 40 }),
    extensionsAlreadyApproved: fc.integer({ min: 0, max: 3 }),
    submittedBeforeDue: fc.boolean(),
    taxpayerExplanationRecorded: fc.boolean(),
    recusedLogins: fc.uniqueArray(fc.constantFrom(...leaders.map((user) => user.login)), { maxLength: 4 }),
    reasonType: fc.constantFrom(null, 'COMPLEX_CASE'),
    approverPostVacant: fc.boolean(),
    additional: fc.boolean(),
  });
  const inputOf = ({ host, additional, ...rest }: any) => {
    const input: ApprovalInput = { ...rest, orgCode: host.orgCode, hostDepartment: host.code };
    return {
      input,
      parameters: parametersFor(input, additional ? { 'handle.single.extension.capBasis': 'ADDITIONAL' } : {}),
    };
  };

  test('nobody recused ever approves; who is allowed has somebody to ask; the limit is the one of the table', () => {
    fc.assert(
      fc.property(application, (given) => {
        const { input, parameters } = inputOf(given);
        const { outcome } = compiled(approvalFacts(directory, input, parameters));
        for (const key of Object.keys(set.outcomeSchema)) expect(outcome).toHaveProperty(key);
        expect(Object.keys(set.outcomeSchema.reasonCode!.enum!)).toContain(outcome.reasonCode);
        expect(input.recusedLogins).not.toContain(outcome.approverLogin);
        expect(outcome.allowed).toBe(String(outcome.reasonCode).startsWith('OK'));
        if (outcome.approverLogin === null)
          expect(outcome).toMatchObject({ allowed: false, approverRole: null, via: 'NOBODY' });
        else {
          const signer = directory.activeUser(outcome.approverLogin)!;
          expect(signer).toBeDefined();
          const level = directory.bureau(directory.department(input.hostDepartment)!.orgCode)!;
          expect(signer.orgCode).toBe(outcome.approverRole === 'SUPERIOR_CHIEF' ? level.parent : level.code);
        }
        expect(outcome.cap).toBe(input.handlingMode === 'JOINT' ? 30 : given.additional ? 15 : 10);
        if (outcome.allowed && input.handlingMode === 'SINGLE') {
          expect(input.requestedTotalWorkingDays).toBeLessThanOrEqual(outcome.cap);
          expect(input.extensionsAlreadyApproved).toBe(0);
        }
        if (outcome.allowed && input.handlingMode === 'JOINT') expect(input.taxpayerExplanationRecorded).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test('json-rules-engine decides the same', async () => {
    await fc.assert(
      fc.asyncProperty(application, async (given) => {
        const { input, parameters } = inputOf(given);
        const facts = approvalFacts(directory, input, parameters);
        expect(await evaluateRuleSet(set, facts)).toEqual(compiled(facts));
      }),
      { numRuns: 300 },
    );
  });
});
