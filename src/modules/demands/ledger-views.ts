import { sqlOf } from '../../db/orm.ts';
import { conflict, invalid, notFound } from '../../kernel/errors.ts';
import type { Work } from './context.ts';

/** A saved view (视图) of the ledger: a name for a set of conditions, a person's own or shared with the bureau. */
export interface LedgerView {
  id: string;
  name: string;
  query: Record<string, string>;
  shared: boolean;
  own: boolean;
}

const MOST = 30;
const LONGEST_NAME = 20;

/** Views of one's own, then those shared in one's bureau. */
export async function ledgerViews(work: Pick<Work, 'em' | 'actor'>): Promise<LedgerView[]> {
  const rows = await sqlOf(work.em).query<any>(
    `select id, login, name, query, shared from ledger_view where login = $1 or (shared and org_code = $2)
     order by login <> $1, created_at, id`,
    [work.actor.login, work.actor.orgCode],
  );
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    query: row.query,
    shared: row.shared,
    own: row.login === work.actor.login,
  }));
}

/** Keeps the conditions under a name; the same name again replaces them. */
export async function saveLedgerView(
  work: Pick<Work, 'em' | 'actor' | 'clock' | 'ids'>,
  view: { name: string; query: Record<string, string>; shared: boolean },
): Promise<void> {
  const name = view.name.normalize('NFC').trim();
  const length = [...name].length;
  if (length === 0)
    throw invalid('视图没有保存', [{ pointer: '/name', message: '请给视图起个名字，例如“本周到期”。' }]);
  if (length > LONGEST_NAME)
    throw invalid('视图没有保存', [
      { pointer: '/name', message: `视图名字有 ${length} 个字，最多 ${LONGEST_NAME} 个字，请缩短。` },
    ]);
  if (Object.keys(view.query).length === 0)
    throw invalid('视图没有保存', [{ pointer: '/name', message: '还没有选条件。请先选条件查询，再存为视图。' }]);
  const sql = sqlOf(work.em);
  const [count] = await sql.query<{ n: number }>(
    'select count(*)::int as n from ledger_view where login = $1 and name <> $2',
    [work.actor.login, name],
  );
  if (count!.n >= MOST) throw conflict(`已有 ${MOST} 个视图。请先删去不用的，再存新的。`, { reason: 'too-many-views' });
  await sql.query(
    `insert into ledger_view (id, login, org_code, name, query, shared, created_at) values ($1, $2, $3, $4, $5::jsonb, $6, $7)
     on conflict (login, name) do update set query = excluded.query, shared = excluded.shared`,
    [
      work.ids.uuid(),
      work.actor.login,
      work.actor.orgCode,
      name,
      JSON.stringify(view.query),
      view.shared,
      work.clock.now().toISOString(),
    ],
  );
}

/** Removes a view of one's own; somebody else's shared view stays. */
export async function removeLedgerView(work: Pick<Work, 'em' | 'actor'>, id: string): Promise<void> {
  const removed = await sqlOf(work.em).query('delete from ledger_view where id = $1 and login = $2 returning id', [
    id,
    work.actor.login,
  ]);
  if (removed.length === 0) throw notFound('没有找到你的这个视图，可能已经删去。');
}
