import { shanghaiDate } from '../../../kernel/clock.ts';
import { activeRuleSet, outcomeInWords, parameterHistory, rulesInWords } from '../../../modules/rules/index.ts';
import { longDay } from '../../format.ts';
import type { House } from '../../house.ts';
import type { Route } from '../../route.ts';
import { clauseViews } from './clauses.ts';
import { calendarBar } from './frame.ts';

/** Groups of parameters by the first part of their names. */
const GROUPS: [string, readonly string[]][] = [
  ['转交与派单', ['transfer', 'dispatch', 'return', 'level_shift']],
  ['办理与延期', ['handle', 'joint', 'rework']],
  ['反馈与回访', ['feedback', 'visit']],
  ['挂账', ['defer']],
  ['法定途径', ['reconsideration']],
  ['个人信息', ['reveal', 'public']],
  ['提醒与督办', ['warn', 'urge', 'yellow', 'red', 'escalate', 'supervision']],
  ['短信和消息', ['sms', 'notify']],
];

/** 参数: the rule set `deadlines` as a table for reading, each value with its clause and what it was before. */
export function parameterPages(house: House): Route[] {
  return [
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
          const [, title = declared.title, unit = ''] = /^(.*?)（(.*)）$/.exec(declared.title) ?? [];
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
        const groupOf = (name: string) =>
          GROUPS.find(([, heads]) => heads.includes(name.split('.')[0]!))?.[0] ?? '其他';
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
