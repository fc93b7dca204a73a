import { invalid, isDomainError, notFound } from '../../kernel/errors.ts';
import type { House, Unit } from '../house.ts';
import type { Ask, Route } from '../route.ts';
import { textOf } from '../route.ts';
import { type BatchReport, beginBatch, keepReport, reportOf } from '../submit-once.ts';

/** Most items of one batch; more at a time nobody can check. */
export const LARGEST_BATCH = 200;

export interface BatchOf<T> {
  items: readonly T[];
  title: string;
  back: { href: string; text: string };
  /** What was done, for the summary: `派单`; and what was not: `没有派`. */
  did: string;
  didNot: string;
  link(item: T): { label: string; href: string };
  run(unit: Unit, item: T): Promise<void>;
}

/**
 * Does one thing to many items, each in a transaction of its own: one that fails never blocks the others. The report is kept under the form's
 * token, so a second click shows the same report and does nothing.
 */
export async function runBatch<T>(house: House, { req, res, actor }: Ask, batch: BatchOf<T>): Promise<void> {
  if (batch.items.length === 0) throw invalid('还没有选。请返回勾选要处理的件，再提交。');
  if (batch.items.length > LARGEST_BATCH)
    throw invalid(`一次最多处理 ${LARGEST_BATCH} 件，你选了 ${batch.items.length} 件。请分几次提交；没有做任何改变。`);
  const token = textOf(req.body._once) ?? house.ids.uuid();
  const place = `/results/${encodeURIComponent(token.slice(0, 80))}`;
  if (!(await beginBatch(house.sql, token, actor.login, house.clock.now()))) return res.redirect(303, place);
  const report: BatchReport = { title: batch.title, summary: '', failed: [], done: [], back: batch.back };
  for (const item of batch.items) {
    const link = batch.link(item);
    try {
      await house.transaction(actor, (unit) => batch.run(unit, item));
      report.done.push(link);
    } catch (error) {
      if (!isDomainError(error)) throw error;
      report.failed.push({ ...link, why: error.problems[0]?.message ?? error.message });
    }
  }
  report.summary =
    report.failed.length === 0
      ? `${batch.did} ${report.done.length} 件成功。`
      : `${batch.did} ${report.done.length} 件成功，${report.failed.length} 件${batch.didNot}：${report.failed
          .slice(0, 5)
          .map((item) => `${tail(item.label)} ${item.why.replace(/。$/, '')}`)
          .join('；')}${report.failed.length > 5 ? '…' : ''}。`;
  await keepReport(house.sql, token, report);
  await house.settle();
  res.redirect(303, place);
}

/** `LASQ-341523-20261123-0015 …` is known by its last four digits. */
const tail = (label: string): string => /(\d{4})(?:\s|$)/.exec(label)?.[1] ?? label;

export const resultPage = (house: House): Route => ({
  method: 'get',
  path: '/results/:token',
  permission: 'task.work',
  scope: '本人提交的批量结果',
  async handle({ req, res, actor }) {
    const report = await reportOf(house.sql, String(req.params.token), actor.login);
    if (report === undefined) throw notFound('没有找到这次处理的结果。请回到列表查看每件的情况。');
    res.render('tasks/result', { title: report?.title ?? '正在处理', report });
  },
});
