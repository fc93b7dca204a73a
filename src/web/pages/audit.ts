import { EVENT_TYPES, eventTitle, searchHistory, verifyAll } from '../../modules/history/index.ts';
import { format } from '../format.ts';
import type { House } from '../house.ts';
import { type Route, textOf } from '../route.ts';

/** What auditors do: search the history, verify it, see who looked at personal data. They change nothing. */
export function auditPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/audit',
      permission: 'audit.read',
      scope: '全部',
      async handle({ req, res }) {
        const number = textOf(req.query.number);
        const [demand] = number
          ? await house.sql.query<{ id: string }>('select id from demand where number = $1', [number.toUpperCase()])
          : [];
        const filter = { actor: textOf(req.query.actor), type: textOf(req.query.type) };
        const events =
          number && !demand
            ? []
            : await searchHistory(house.sql, {
                ...(demand ? { subjectType: 'demand', subjectId: demand.id } : {}),
                ...(filter.actor ? { actor: filter.actor } : {}),
                ...(filter.type ? { type: filter.type } : {}),
                limit: 100,
              });
        res.render('audit/search', {
          title: '历史检索',
          number: number ?? '',
          filter,
          types: Object.entries(EVENT_TYPES).map(([value, item]) => ({ value, label: item.title })),
          events: events.map((event) => ({
            ...event,
            title: eventTitle(event.type),
            at: format.time(event.occurredAt),
            text: JSON.stringify(event.payload),
          })),
        });
      },
    },
    {
      method: 'get',
      path: '/audit/verify',
      permission: 'audit.read',
      scope: '全部',
      async handle({ res }) {
        const started = performance.now();
        const report = await verifyAll(house.sql);
        res.render('audit/verify', {
          title: '完整性核验',
          report,
          seconds: ((performance.now() - started) / 1000).toFixed(2),
        });
      },
    },
    {
      method: 'get',
      path: '/audit/access',
      permission: 'audit.read',
      scope: '全部',
      async handle({ res }) {
        const rows = await house.sql.query<any>(
          'select l.login, l.name, l.reason, l.ip, l.at, d.number from pii_access_log l join demand d on d.id = l.demand_id order by l.at desc limit 200',
        );
        res.render('audit/access', {
          title: '敏感信息访问',
          rows: rows.map((row) => ({ ...row, when: format.time(row.at) })),
        });
      },
    },
  ];
}
