import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { type Clocks, type DemandCase, type DrivenDemand, WALKABLE } from '../../src/tryout/drive-demands.ts';
import type { TestHouse } from './house.ts';
import { partOf } from './rules.ts';

/** Demands to walk: the product's own, or a bureau's (SUYING_DEMANDS). */
const file = process.env.SUYING_DEMANDS ?? join(import.meta.dirname, '../../data/demo/demands.json');
export const demandCases = (JSON.parse(readFileSync(file, 'utf8')) as DemandCase[]).filter((item) =>
  WALKABLE.includes(item.expected.path),
);

/** When the first of them comes in: the walk begins then. */
export const firstReceived = (cases: readonly DemandCase[]): string =>
  cases.map((item) => item.receivedAt).sort((a, b) => Date.parse(a) - Date.parse(b))[0]!;

/** Where a walked demand stands at the end of its path. */
export const lastStatus = (item: DemandCase): string =>
  ({ DEFERRAL: 'DEFERRED', MERGED: 'MERGED' })[item.expected.path] ?? 'WRITTEN_OFF';

/** What the ledger, the clocks, the reasons and the history say of a walked demand, on whichever engine. Long because it is the list of what each path must leave behind. */
export async function expectAsForeseen(house: TestHouse, driven: readonly DrivenDemand[], item: DemandCase) {
  const { number, problem, done } = driven.find((other) => other.case === item)!;
  expect({ problem, done }).toEqual({ problem: undefined, done: true });
  const { expected } = item;
  const api = await house.as(house.stage.reader());
  const demand = await api.get<Record<string, unknown>>(`/demands/${number}`);
  expect(demand).toMatchObject({
    status: lastStatus(item),
    path: expected.path,
    handlingMode: expected.handlingMode,
    hostDepartment: expected.hostDepartment,
    restricted: expected.restricted ?? false,
  });

  const { clocks } = await api.get<Clocks>(`/demands/${number}/clocks`);
  // After a level shift the last handling counts: each level has its own days.
  const clock = (kind: string) => clocks.filter((other) => other.kind === kind).sort((a, b) => b.round - a.round)[0];
  expect(clock('TRANSFER')?.dueDate).toBe(expected.transferDue);
  // R5: a merged demand is handled within the limits of its main one, which are not reset.
  const main = driven.find((other) => other.case.id === expected.mergedInto);
  const handling = main
    ? (await api.get<Clocks>(`/demands/${main.number}/clocks`)).clocks.find((other) => other.kind === 'HANDLING')
    : clock('HANDLING');
  if (expected.path !== 'ON_THE_SPOT') {
    expect(handling).toMatchObject({
      dueDate: expected.extension ? expected.extensionCap : expected.handleDue,
      provisional: expected.provisional ?? false,
    });
    // The furthest day that could be granted: ten working days in all from the start.
    if (expected.extensionCapKind === 'HARD') {
      const start = handling!.startsAt;
      expect((await house.house.calendar()).addWorkingDays(new Date(start), 10, item.orgCode).dueDate).toBe(
        expected.extensionCap,
      );
    }
  }
  // R19: what is put aside has its review days and no time limit.
  expect(
    clocks
      .filter((other) => other.status === 'OPEN')
      .map((other) => other.kind)
      .sort(),
  ).toEqual(expected.path === 'DEFERRAL' ? ['DEFERRAL_CONFIRM', 'DEFERRAL_REVIEW'] : []);
  expect(clocks.filter((other) => (other as any).overdue)).toEqual([]);

  const { items: extensions } = await api.get<{ items: any[] }>(`/demands/${number}/extensions`);
  expect(extensions.map((extension) => [extension.status, extension.approverRole])).toEqual(
    expected.extension ? [['APPROVED', expected.extension.approverRole]] : [],
  );

  const { evaluations } = await api.get<{ evaluations: { ruleSet: string; outcome: Record<string, unknown> }[] }>(
    `/demands/${number}/explanations`,
  );
  const diverted = ['RECONSIDERATION', 'LEGAL_ROUTE', 'NOT_OUR_DUTY'].includes(expected.path);
  if (diverted) {
    // R20: passed on within the handling limit, by the route and to the body that was expected; no visit, no grading.
    const { outcome } = evaluations.find((evaluation) => evaluation.ruleSet === 'legal-route')!;
    expect(outcome).toMatchObject({
      needed: true,
      route: expected.legalRoute ?? expected.path,
      confirmDepartment: expected.hostDepartment,
      ...(expected.legalRouteTarget ? { receivingDepartment: expected.legalRouteTarget } : {}),
      ...(expected.recusedDepartments ? { recusedDepartments: expected.recusedDepartments } : {}),
    });
    expect(evaluations.some((evaluation) => evaluation.ruleSet === 'return-visit-sampling')).toBe(false);
  }
  // R21, R23: levels, co-handlers and other bodies as expected, each shift decided in time, only the fields that were needed.
  const parts = await api.get<Record<string, any[]>>(`/demands/${number}/handling`);
  expect(demand.coDepartments).toEqual(expected.handlingMode === 'JOINT' ? expected.coDepartments : []);
  expect(parts.coHandlings!.map((part) => [part.department, part.status])).toEqual(
    expected.handlingMode === 'JOINT' ? expected.coDepartments!.map((code) => [code, 'DONE']) : [],
  );
  expect(
    parts.levelShifts!.map(({ direction, fromDepartment, toDepartment, decideDueDate, late }) => ({
      direction,
      fromDepartment,
      toDepartment,
      decideDueDate,
      late,
    })),
  ).toEqual(
    expected.levelShift
      ? [
          {
            ...expected.levelShift,
            toDepartment: expected.hostDepartment,
            decideDueDate: expected.levelShiftDecideDue,
            late: false,
          },
        ]
      : [],
  );
  expect(parts.externalSteps!.map((step) => [step.unitName, step.status, step.sharedFields])).toEqual(
    (expected.externalUnits ?? []).map((unit) => [unit, 'ANSWERED', ['taxpayerName', 'title']]),
  );
  if (expected.jointSoftCap) {
    const start = new Date(clock('HANDLING')!.startsAt);
    const calendar = await house.house.calendar();
    expect(calendar.addWorkingDays(start, 30, item.orgCode).dueDate).toBe(expected.jointSoftCap);
    expect(calendar.addWorkingDays(start, 10, item.orgCode).dueDate).toBe(expected.extensionCap);
  }
  if (expected.complaintAcceptDue)
    expect(clock('COMPLAINT_ACCEPTANCE')).toMatchObject({ dueDate: expected.complaintAcceptDue, overdue: false });
  const routing = evaluations.find((evaluation) => evaluation.ruleSet === 'category-routing');
  if (expected.path !== 'ON_THE_SPOT' && !diverted) {
    const suggested = Object.fromEntries(
      ['path', 'hostDepartment', 'coDepartments', 'legalRoute', 'recusedDepartments']
        .filter((key) => key in expected)
        // Merging and putting aside are a person's to ask for, and so is who co-handles then.
        .filter((key) => !(key === 'path' && ['MERGED', 'DEFERRAL'].includes(expected.path)))
        .filter((key) => !(key === 'coDepartments' && expected.path === 'DEFERRAL'))
        .map((key) => [key, expected[key]]),
    );
    // A department the desk adds by hand is more than the rules suggest.
    const known = (routing!.outcome.coDepartments as string[] | undefined) ?? [];
    if (expected.coDepartments?.length && known.every((code) => expected.coDepartments!.includes(code)))
      suggested.coDepartments = known;
    expect(partOf(routing!.outcome, suggested)).toEqual(suggested);
  }

  const history = await api.get<{ verified: boolean; events: { type: string }[] }>(`/demands/${number}/history`);
  expect(history.verified).toBe(true);
  expect(history.events[0]?.type).toBe('demand.registered');
}
