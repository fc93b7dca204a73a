import { shanghaiDate } from '../../../kernel/clock.ts';
import { activeRuleSet, outcomeInWords, parameterHistory, rulesInWords } from '../../../modules/rules/index.ts';
import { longDay } from '../../format.ts';
import type { House } from '../../house.ts';
import type { Route } from '../../route.ts';
import { clauseViews } from './clauses.ts';
import { calendarBar } from './frame.ts';
import { GROUPS, groupOf, titleAndUnit } from './parameter-groups.ts';
import { parameterEditPages } from './parameters-edit.ts';

/** 参数: the rule set `deadlines` as a table for reading, each value with its clause and what it was before. */
export function parameterPages(house: House): Route[] {
  return [
    ...parameterEditPages(house),
    {
      method: 'get',
      path: '/parameters',
      permission: 'rules.read',
      scope: '全部',
      async handle({ res }) {
        const set = await activeRuleSet(house.sql, 'deadlines', shanghaiDate(house.clock.now()));
        const history = await parameterHistory(house.sql, 'deadlines');
        const people = await house.directory();
        const rows = Object.entries(set.default.outcome).map(([name, value]) => {
          const declared = set.outcomeSchema[name]!;
          const { title, unit } = titleAndUnit(declared.title);
          return {
            name,
            title,
            unit,
            value: outcomeInWords(set, { [name]: value })[0]!.value,
            clause: clauseViews(house.clauses, declared.basis ? [declared.basis] : [])[0],
            history: (history.get(name) ?? []).map((item) => ({
              ...item,
              text: outcomeInWords(set, { [name]: item.value })[0]!.value,
              from: longDay(item.effectiveFrom),
              by: people.user(item.publishedBy)?.name ?? '系统',
            })),
          };
        });
        res.render('admin/parameters', {
          title: '参数',
          set,
          from: longDay(set.effectiveFrom),
          groups: [...GROUPS.map(([title]) => title), '其他'].flatMap((title) => {
            const own = rows.filter((row) => groupOf(row.name) === title);
            return own.length > 0 ? [{ title, rows: own }] : [];
          }),
          exceptions: rulesInWords(set),
          bar: await calendarBar(house),
        });
      },
    },
  ];
}
