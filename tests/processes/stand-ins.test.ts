import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { actorOf } from '../../src/modules/access/index.ts';
import { createDelegation, endDelegation } from '../../src/modules/org/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { PERSONS_DEMAND } from '../support/work.ts';

interface Task {
  id: string;
  formId: string;
  status: string;
  candidates: string[];
  assignee: string | null;
  unassignable: boolean;
}

describe('R18: who stands in for a leader who leaves after the application', () => {
  let house: TestHouse;
  let number: string;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    const registrar = await house.as('pengqingming');
    const made = await registrar.post<{ number: string }>('/demands', PERSONS_DEMAND);
    number = made.number;
    const desk = await house.as('fandongzhi');
    const dispatch = await open('dispatch-demand');
    await desk.post(`/tasks/${dispatch.id}/complete`, {
      hostDepartment: '341523-TAX2',
      dispatchReason: '按业务分工分派。',
    });
    await (await house.as('zhaojingzhe')).post(`/demands/${number}/extensions`, {
      requestedDueDate: '2026-12-04',
      reasonType: 'EXTERNAL_UNIT',
      reason: '等国库退库回单。',
      noticeMethod: 'PHONE',
      noticeContent: '已说明原因。',
    });
  });
  afterAll(() => house?.stop());

  async function open(formId: string): Promise<Task> {
    // However slow the engine: what the process does by itself is done before anybody looks.
    await house.settle();
    const { items } = await (await house.as('xibailu')).get<{ items: Task[] }>(`/demands/${number}/tasks`);
    return items.find((task) => task.formId === formId && task.status === 'OPEN')!;
  }
  const asLeader = async <T>(work: Parameters<typeof house.house.transaction<T>>[1]) =>
    house.house.transaction(actorOf(await house.house.directory(), 'panlichun')!, work);

  test('the application goes to the deputy in charge', async () => {
    expect(await open('approve-extension')).toMatchObject({ candidates: ['panlichun'], assignee: 'panlichun' });
  });

  test('a delegation made afterwards brings it to the one who stands in, and leaves it with the leader too', async () => {
    await asLeader((unit) =>
      createDelegation(unit, {
        delegate: 'gexiaoman',
        scope: ['EXTENSION_APPROVAL'],
        from: '2026-11-23',
        to: '2026-11-24',
        reason: '公出',
      }),
    );
    await house.moveTo('2026-11-23T11:00:00+08:00');
    expect((await open('approve-extension')).candidates).toEqual(['panlichun', 'gexiaoman']);
    const { items } = await (await house.as('gexiaoman')).get<{ items: { id: string }[] }>('/tasks');
    expect(items.map((task) => task.id)).toContain((await open('approve-extension')).id);
  });

  test('when its last day is over the task is the leader’s alone again, and the history says so', async () => {
    await house.moveTo('2026-11-25T09:00:00+08:00');
    expect(await open('approve-extension')).toMatchObject({ candidates: ['panlichun'], assignee: 'panlichun' });
    const history = await (await house.as('xibailu')).get<{
      verified: boolean;
      events: { type: string; payload: Record<string, unknown> }[];
    }>(`/demands/${number}/history`);
    expect(history.verified).toBe(true);
    expect(
      history.events.filter((event) => event.type === 'task.candidates-changed').map((e) => e.payload),
    ).toMatchObject([
      { added: ['gexiaoman'], removed: [] },
      { added: [], removed: ['gexiaoman'] },
    ]);
  });

  test('the applicant never stands in for the approver', async () => {
    const id = await asLeader(async (unit) => {
      const made = await createDelegation(unit, {
        delegate: 'zhaojingzhe',
        scope: ['EXTENSION_APPROVAL'],
        from: '2026-11-25',
        to: '2026-11-25',
        reason: '公出',
      });
      return made.id;
    });
    await house.moveTo('2026-11-25T10:00:00+08:00');
    expect((await open('approve-extension')).candidates).toEqual(['panlichun']);
    await asLeader((unit) => endDelegation(unit, id));
  });
});
