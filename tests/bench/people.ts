import { ApiClient } from '../../src/tryout/api-client.ts';
import { answersTo, type OpenTask } from '../../src/tryout/drive-demands.ts';
import { DEMAND } from '../support/walk.ts';
import type { Server } from './server.ts';

export interface Times {
  registration: number[];
  completion: number[];
  /** From the answer to a completion until the next task can be read. */
  nextTask: number[];
  walked: number;
}

const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Who registers, looks on, dispatches and handles. */
const LOGINS = ['pengqingming', 'weidashu', 'fandongzhi', 'xibailu', 'zhaojingzhe'];

/**
 * So many people at once, each registering demands and walking them to the feedback, for so many seconds. Between two acts each
 * reads and types for `pauseMs` on average (evenly from half to one and a half times that); without a pause it is a load test.
 */
export async function work(server: Server, people: number, seconds: number, pauseMs = 0): Promise<Times> {
  // One token each, asked for before the clock runs: the server answers one such question at a time.
  const clients = new Map<string, ApiClient>();
  for (const login of LOGINS) clients.set(login, new ApiClient(server.address, await server.token(login)));
  const as = (login: string): ApiClient => {
    const client = clients.get(login);
    if (!client) throw new Error(`nobody expected ${login} to have a task`);
    return client;
  };
  const times: Times = { registration: [], completion: [], nextTask: [], walked: 0 };
  const until = performance.now() + seconds * 1000;
  const clock = async <T>(list: number[], act: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    const result = await act();
    list.push(performance.now() - began);
    return result;
  };
  const auditor = as('weidashu');
  const open = async (number: string) =>
    (await auditor.get<{ items: OpenTask[] }>(`/demands/${number}/tasks`)).items.find((task) => task.status === 'OPEN');
  const pause = () => (pauseMs > 0 ? wait(pauseMs * (0.5 + Math.random())) : undefined);
  const person = async () => {
    const officer = as('pengqingming');
    await pause();
    while (performance.now() < until) {
      const { number } = await clock(times.registration, () => officer.post<{ number: string }>('/demands', DEMAND));
      for (const form of ['dispatch-demand', 'handle-demand', 'give-feedback']) {
        const task = await clock(times.nextTask, async () => {
          for (;;) {
            const next = await open(number);
            if (next?.formId === form) return next;
            await wait(5);
          }
        });
        await pause();
        const api = as(task.assignee ?? task.candidates[0]!);
        const values = answersTo(task, { expected: { hostDepartment: '341523-TAX2' } } as never);
        await clock(times.completion, () => api.post(`/tasks/${task.id}/complete`, values));
      }
      times.walked += 1;
      await pause();
    }
  };
  await Promise.all(Array.from({ length: people }, person));
  return times;
}
