import type { ApiClient } from '../../src/tryout/api-client.ts';
import { answersTo, type Clocks, type OpenTask } from '../../src/tryout/drive-demands.ts';
import type { TestHouse } from './house.ts';

/** One demand as its people move it along over the API, and as an auditor sees it. */
export interface Walk {
  number: string;
  /** The person who registered it. */
  officer: ApiClient;
  auditor: ApiClient;
  read(): Promise<Record<string, any>>;
  tasks(): Promise<OpenTask[]>;
  /** The open task of a form; throws when there is none. */
  open(formId: string): Promise<OpenTask>;
  openForms(): Promise<string[]>;
  clock(kind: string, round?: number): Promise<Record<string, any> | undefined>;
  events(): Promise<{ type: string; payload: any }[]>;
  /** Somebody a task is offered to completes it with the usual answers, or others. */
  complete(formId: string, values?: Record<string, unknown>): Promise<Record<string, any>>;
  /** Who may ask for an extension: somebody of the host department. */
  host(): Promise<ApiClient>;
}

export const DEMAND = {
  channel: 'HOTLINE_12366',
  taxpayerName: '六安市某某商贸有限公司',
  taxpayerType: 'ENTERPRISE',
  contactPerson: '王某某',
  contactPhone: '199-0000-0001',
  category: 'POLICY',
  content: '契税退税一个半月没有到账，请问什么时候能退？',
  tags: ['契税'],
  intakeChoice: 'OTHER_DEPARTMENT',
  noticeMethod: 'PHONE',
  noticeContent: '已告知转纳税服务部门分派。',
};

/** Registers a demand at a bureau, as an officer of a department where one is named, and follows it. */
export async function walk(
  house: TestHouse,
  fields: Record<string, unknown> = {},
  at: { orgCode?: string; department?: string } = {},
): Promise<Walk> {
  const orgCode = at.orgCode ?? '341523';
  const officer = await house.as(house.stage.registrar(orgCode, at.department));
  const { number } = await officer.post<{ number: string }>('/demands', { ...DEMAND, ...fields });
  return follow(house, number, officer, orgCode);
}

/** Follows a demand that is there already: a part of one that was split. */
export async function follow(house: TestHouse, number: string, officer: ApiClient, orgCode = '341523'): Promise<Walk> {
  const auditor = await house.as(house.stage.reader());
  // However slow the machine: what the process does by itself is done before anybody looks.
  const ask = async <T>(path: string): Promise<T> => {
    await house.settle();
    return auditor.get<T>(path);
  };
  const tasks = async () => (await ask<{ items: OpenTask[] }>(`/demands/${number}/tasks`)).items;
  const openTasks = async () => (await tasks()).filter((task) => task.status === 'OPEN');
  const self: Walk = {
    number,
    officer,
    auditor,
    read: () => ask(`/demands/${number}`),
    tasks,
    async open(formId) {
      const found = (await openTasks()).find((task) => task.formId === formId);
      if (!found) throw new Error(`no open task ${formId}; open: ${(await self.openForms()).join(', ') || 'none'}`);
      return found;
    },
    openForms: async () => (await openTasks()).map((task) => task.formId).sort(),
    async clock(kind, round = 1) {
      const { clocks } = await ask<Clocks>(`/demands/${number}/clocks`);
      return clocks.find((clock) => clock.kind === kind && clock.round === round);
    },
    events: async () => (await ask<{ events: any[] }>(`/demands/${number}/history`)).events,
    async complete(formId, values) {
      const task = await self.open(formId);
      const who = task.assignee ?? task.candidates[0];
      if (!who) throw new Error(`nobody may do ${formId}`);
      const usual = answersTo(task, { expected: { hostDepartment: `${orgCode}-TAX2` } } as never);
      return (await house.as(who)).post(`/tasks/${task.id}/complete`, { ...usual, ...values });
    },
    async host() {
      const { hostDepartment } = await self.read();
      const directory = await house.house.directory();
      return house.as(directory.usersInDepartment(hostDepartment)[0]!.login);
    },
  };
  return self;
}

/** Time passes by hours. */
export const later = (house: TestHouse, hours: number): Promise<void> =>
  house.moveTo(new Date(house.clock.now().getTime() + hours * 3_600_000));
