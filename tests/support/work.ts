import type { OpenTask } from '../../src/tryout/drive-demands.ts';
import type { TestHouse } from './house.ts';
import { Visitor } from './visitor.ts';

/** What a private person brings. */
export const PERSONS_DEMAND = {
  channel: 'HOTLINE_12366',
  taxpayerName: '曹某某',
  taxpayerType: 'NATURAL_PERSON',
  contactPhone: '199-0000-0021',
  category: 'POLICY',
  content: '开发商退房契税退税提交一个半月没到账。',
  tags: ['契税'],
  intakeChoice: 'OTHER_DEPARTMENT',
  noticeMethod: 'PHONE',
  noticeContent: '已告知转纳税服务部门分派。',
};

/** Demands brought to a certain point through the API, for tests that look at what comes after. */
export class WorkStage {
  readonly house: TestHouse;
  #visitors = new Map<string, { at: number; visitor: Promise<Visitor> }>();

  constructor(house: TestHouse) {
    this.house = house;
  }

  /** Somebody at a browser; signed in anew when the clock has moved on. */
  visitor(login: string): Promise<Visitor> {
    const now = +this.house.clock.now();
    const known = this.#visitors.get(login);
    if (known && now - known.at < 20 * 60_000) return known.visitor;
    const visitor = Visitor.signIn(this.house.address, login);
    this.#visitors.set(login, { at: now, visitor });
    return visitor;
  }

  async register(fields: Record<string, unknown> = {}): Promise<string> {
    const made = await (await this.house.as('pengqingming')).post<{ number: string }>('/demands', {
      ...PERSONS_DEMAND,
      ...fields,
    });
    return made.number;
  }

  /** The open task of a form on a demand; the process is given the turns it needs to get there. */
  async task(number: string, formId: string): Promise<OpenTask & { revision: number }> {
    let items: (OpenTask & { revision: number })[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      items = await this.tasks(number);
      const found = items.find((task) => task.formId === formId && task.status === 'OPEN');
      if (found) return found;
      await this.house.settle();
    }
    throw new Error(`no open ${formId} on ${number}: ${items.map((t) => `${t.formId} ${t.status}`).join(', ')}`);
  }

  async tasks(number: string): Promise<(OpenTask & { revision: number })[]> {
    const api = await this.house.as('xibailu');
    return (await api.get<{ items: (OpenTask & { revision: number })[] }>(`/demands/${number}/tasks`)).items;
  }

  async complete(number: string, formId: string, values: Record<string, unknown>, login?: string): Promise<void> {
    const task = await this.task(number, formId);
    const who = login ?? task.assignee ?? task.candidates[0]!;
    await (await this.house.as(who)).post(`/tasks/${task.id}/complete`, values);
    await this.house.settle();
  }

  async dispatched(host = '341523-TAX2', fields: Record<string, unknown> = {}): Promise<string> {
    const number = await this.register(fields);
    await this.complete(number, 'dispatch-demand', { hostDepartment: host, dispatchReason: '按业务分工分派。' });
    return number;
  }

  async handled(host?: string, fields?: Record<string, unknown>): Promise<string> {
    const number = await this.dispatched(host, fields);
    await this.handle(number);
    return number;
  }

  async handle(number: string): Promise<void> {
    await this.complete(number, 'handle-demand', {
      measures: '核对退库资料。',
      conclusion: 'RESOLVED',
      policyBasis: '契税法',
      publicAnswer: '退库回单已收到，三日内到账。',
    });
  }

  /** Fed back; the channel makes tax service call (必访). */
  async fedBack(host?: string): Promise<string> {
    const number = await this.handled(host, { channel: 'HOTLINE_12345' });
    await this.feedback(number);
    return number;
  }

  async feedback(number: string): Promise<void> {
    await this.complete(number, 'give-feedback', {
      feedbackMethod: 'PHONE',
      feedbackContent: '已电话告知办理结果。',
      feedbackResult: 'DELIVERED',
    });
  }

  async history(
    number: string,
  ): Promise<
    { type: string; actor: string; actorName: string; onBehalfOf: string | null; payload: Record<string, any> }[]
  > {
    return (await (await this.house.as('xibailu')).get<{ events: any[] }>(`/demands/${number}/history`)).events;
  }
}
