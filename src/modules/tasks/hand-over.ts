import { sqlOf } from '../../db/orm.ts';
import type { Sql } from '../../db/sql.ts';
import { conflict, invalid } from '../../kernel/errors.ts';
import { appendEvent } from '../history/index.ts';
import { assignTask, lockTask } from './claim-task.ts';
import type { TaskWork } from './context.ts';

/** An open task in one person's hands; no word of the demand but its number. */
export interface HeldTask {
  id: string;
  title: string;
  number: string | null;
  dueAt: Date | null;
  /** Nobody else could take it. */
  alone: boolean;
}

/** Open tasks that somebody has taken or that only this person could take: they would wait for nobody if the person left. */
export async function tasksHeldBy(sql: Sql, login: string): Promise<HeldTask[]> {
  const rows = await sql.query<any>(
    `select t.id, t.title, d.number, c.due_at, t.candidates = array[$1::text] as alone from task t left join demand d on d.id = t.demand_id
     left join lateral (select due_at from deadline where subject_type = 'demand' and subject_id = t.demand_id and status = 'OPEN' order by due_at limit 1) c on true
     where t.status = 'OPEN' and (t.assignee = $1 or t.candidates = array[$1::text]) order by c.due_at nulls last, t.created_at`,
    [login],
  );
  return rows.map((row) => ({
    id: row.id,
    title: row.title,
    number: row.number,
    dueAt: row.due_at ? new Date(row.due_at) : null,
    alone: row.alone,
  }));
}

/**
 * Passes open tasks from one person to a colleague (移交), each with an event in its demand. Who is recused from a demand does not get it.
 * In the caller's transaction; answers how many.
 */
export async function handOverTasks(
  work: TaskWork,
  input: {
    from: string;
    to: string;
    taskIds: readonly string[];
    why: string;
    recused(demandId: string): Promise<readonly string[]>;
  },
): Promise<number> {
  if (input.taskIds.length === 0)
    throw invalid('没有选任务', [{ pointer: '/tasks', message: '还没选要移交的任务。请至少选一项。' }]);
  const held = new Map((await tasksHeldBy(sqlOf(work.em), input.from)).map((task) => [task.id, task]));
  for (const id of [...input.taskIds].sort()) {
    const known = held.get(id);
    if (!known) throw conflict('列表里有任务刚刚办完或已改派。请刷新后再移交。', { reason: 'task-closed' });
    const task = await lockTask(work, id);
    if (task.demandId && (await input.recused(task.demandId)).includes(input.to))
      throw invalid('不能移交', [
        { pointer: '/to', message: `${known.number ?? '有一件'} 要求所选的人回避，不能移交给他。请对这一件另选一位。` },
      ]);
    await assignTask(work, id, input.to, input.why);
    task.candidates = task.candidates.filter((login) => login !== input.from);
    task.via = Object.fromEntries(Object.entries(task.via).filter(([login]) => login !== input.from));
    await work.em.flush();
    if (task.demandId)
      await appendEvent(sqlOf(work.em), {
        subjectType: 'demand',
        subjectId: task.demandId,
        type: 'task.assigned',
        occurredAt: work.clock.now(),
        actor: work.actor,
        payload: { taskId: id, title: task.title, from: input.from, to: input.to, why: input.why },
      });
  }
  return input.taskIds.length;
}
