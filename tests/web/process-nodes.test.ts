import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readDiagram } from '../../src/modules/processes/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { Visitor } from '../support/visitor.ts';

describe('R2: a process changed in the table of its elements, without a canvas (P22)', () => {
  let house: TestHouse;
  let admin: Visitor;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
    admin = await Visitor.signIn(house.address, 'jinqingming');
    await admin.get('/processes/return-visit');
    await admin.post('/processes/return-visit/draft');
  });
  afterAll(() => house?.stop());

  const NODES = '/processes/return-visit/nodes';
  const draft = async () => readDiagram((await admin.get('/processes/return-visit/draft/bpmn')).html);
  const revisionIn = (html: string) => /name="revision" value="(\d+)"/.exec(html)?.[1] ?? '';

  test('every element is a row, branches with their conditions below their gateway', async () => {
    const page = await admin.get(NODES);
    expect(page.text).toContain('检查没有问题');
    expect(page.text).toMatch(/电话回访 人工任务 本级纳服专岗 表单 .* 回访钟 修改/);
    expect(page.text).toMatch(/=visitSatisfied = true/);
    for (const element of (await draft()).elements) expect(page.html).toContain(`id="${element.id}"`);
  });

  test('a review step is put in after a step, given a form and a post; the check follows', async () => {
    const page = await admin.get(`${NODES}/conduct-return-visit`);
    expect(page.text).toContain('在其后插入任务');
    const empty = await admin.post(`${NODES}/conduct-return-visit/insert`, { revision: revisionIn(page.html) });
    expect(empty.status).toBe(422);
    expect(empty.text).toMatch(/没有填新步骤的名称.*没有选新步骤是什么/);
    const put = await admin.post(`${NODES}/conduct-return-visit/insert`, {
      revision: revisionIn(page.html),
      stepName: '复核',
      kind: 'user',
    });
    expect(put.location).toBe(`${NODES}/step-user-1?ok=step-inserted`);
    const step = await admin.get(`${NODES}/step-user-1`);
    expect(step.text).toMatch(/错误：没有选表单。.*错误：没有写由谁办理。/);
    const wrong = await admin.post(`${NODES}/step-user-1`, {
      revision: revisionIn(step.html),
      name: '',
      form: 'write-off',
    });
    expect(wrong.status).toBe(422);
    expect(wrong.html).toMatch(/value="write-off" selected/);
    const saved = await admin.post(`${NODES}/step-user-1`, {
      revision: revisionIn(step.html),
      name: '复核回访',
      form: 'write-off',
      groups: ['tax-service'],
      clock: 'RETURN_VISIT',
      documentation: '试点：回访以后由另一人复核。',
    });
    expect(saved.location).toBe(`${NODES}/step-user-1?ok=draft-kept`);
    expect((await draft()).elements.find((element) => element.id === 'step-user-1')).toMatchObject({
      name: '复核回访',
      formId: 'write-off',
      candidateGroups: ['tax-service'],
      headers: { clock: 'RETURN_VISIT' },
    });
    expect((await admin.get(NODES)).text).toContain('检查没有问题');
  });

  test('a stale page is a conflict that keeps both', async () => {
    const page = await admin.get(`${NODES}/step-user-1`);
    const answers = { revision: revisionIn(page.html), name: '甲', form: 'write-off', groups: ['tax-service'] };
    expect((await admin.post(`${NODES}/step-user-1`, answers)).status).toBe(303);
    const late = await admin.post(`${NODES}/step-user-1`, { ...answers, name: '乙' });
    expect(late.status).toBe(409);
    expect(late.hidden('/processes/return-visit/draft/keep').xml).toContain('name="乙"');
    expect((await draft()).elements.find((element) => element.id === 'step-user-1')?.name).toBe('甲');
  });

  test('it is taken out again; what cannot be says why', async () => {
    const page = await admin.get(`${NODES}/step-user-1`);
    const gone = await admin.post(`${NODES}/step-user-1/remove`, { revision: revisionIn(page.html) });
    expect(gone.location).toBe(`${NODES}?ok=step-removed`);
    expect((await draft()).elements.some((element) => element.id === 'step-user-1')).toBe(false);
    expect((await admin.get(`${NODES}/step-user-1`)).status).toBe(404);
    expect((await admin.get(`${NODES}/taxpayer-satisfied`)).text).toContain('请在图上删除并重新连线');
    expect((await admin.post(`${NODES}/taxpayer-satisfied/remove`, { revision: '1' })).status).toBe(409);
  });

  test('the name of the process itself', async () => {
    const page = await admin.get(`${NODES}/return-visit`);
    await admin.post(`${NODES}/return-visit`, {
      revision: revisionIn(page.html),
      name: '回访（试点）',
      documentation: '',
    });
    expect((await admin.get('/processes')).text).toContain('回访（试点） return-visit 第 1 版');
  });
});
