import { shanghaiDate } from '../../../kernel/clock.ts';
import { may } from '../../../modules/access/index.ts';
import { calendarGaps } from '../../../modules/calendar/index.ts';
import { countProvisional } from '../../../modules/deadlines/index.ts';
import { orgGaps } from '../../../modules/org/index.ts';
import { countIncidents, listReleases, type ReleaseState } from '../../../modules/processes/index.ts';
import { listRuleSets, runExamples } from '../../../modules/rules/index.ts';
import { countUnassignable } from '../../../modules/tasks/index.ts';
import type { House } from '../../house.ts';
import type { Ask, Route } from '../../route.ts';

/** One thing to be done: a sentence with its number, and where it is done. */
interface ToDo {
  text: string;
  href: string;
  link: string;
  urgent?: boolean;
}

/** P00: what waits for an administrator, as sentences, not tiles. */
export function toDoPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/admin',
      permission: 'admin.read',
      scope: '全部（件数，不含个人信息）',
      async handle(ask) {
        ask.res.render('admin/to-do', { title: '待处理', items: await toDo(house, ask) });
      },
    },
  ];
}

async function toDo(house: House, { actor }: Ask): Promise<ToDo[]> {
  const all = [
    ...(may(actor, 'process.read') ? await releaseItems(house, actor) : []),
    ...(await calendarItems(house)),
    ...(await operationItems(house)),
    ...(may(actor, 'rules.read') ? await ruleItems(house) : []),
    ...(await orgItems(house)),
  ];
  return all.sort((a, b) => Number(b.urgent ?? false) - Number(a.urgent ?? false));
}

async function releaseItems(house: House, actor: Ask['actor']): Promise<ToDo[]> {
  const releases = await listReleases(house.sql, { states: ['IN_REVIEW', 'FAILED', 'RETURNED', 'DRAFT', 'CHECKED'] });
  const of = (...states: ReleaseState[]) => releases.filter((release) => states.includes(release.state)).length;
  return [
    of('FAILED') > 0 && {
      text: `没有发布成 ${of('FAILED')} 张：在用的版本没有变，要再试或撤回。`,
      href: '/releases',
      link: '看发布单',
      urgent: true,
    },
    may(actor, 'release.sign') &&
      of('IN_REVIEW') > 0 && {
        text: `待复核发布 ${of('IN_REVIEW')} 张。`,
        href: '/releases?state=review',
        link: '看待复核',
      },
    of('RETURNED', 'DRAFT', 'CHECKED') > 0 && {
      text: `没有送复核的发布单 ${of('RETURNED', 'DRAFT', 'CHECKED')} 张。`,
      href: '/releases',
      link: '看发布单',
    },
  ].filter((item) => item !== false);
}

async function calendarItems(house: House): Promise<ToDo[]> {
  const provisional = await countProvisional(house.sql);
  return calendarGaps(await house.calendar(), shanghaiDate(house.clock.now())).map(({ year, state }) => ({
    text:
      state === 'MISSING'
        ? `日历缺 ${year} 年：没有任何数据，跨年的期限不能推算。`
        : `日历缺 ${year} 年：还是暂定，没有导入正式放假安排${provisional > 0 ? `，${provisional} 个期限的到期日是暂定` : ''}。`,
    href: `/calendar?year=${year}`,
    link: `看 ${year} 年日历`,
    urgent: true,
  }));
}

async function operationItems(house: House): Promise<ToDo[]> {
  const [incidents, outbox, unassignable] = await Promise.all([
    countIncidents(house.sql),
    house.outboxState(),
    countUnassignable(house.sql),
  ]);
  const waiting = [...unassignable.values()].reduce((sum, n) => sum + n, 0);
  return [
    incidents > 0 && {
      text: `未处理异常 ${incidents} 件：流程停在那里，等人处理。`,
      href: '/operations#incidents',
      link: '看异常',
      urgent: true,
    },
    outbox.refused > 0 && {
      text: `引擎退回的指令 ${outbox.refused} 条：要重发或放弃。`,
      href: '/operations#refused',
      link: '看指令',
      urgent: true,
    },
    waiting > 0 && {
      text: `任务无人可接 ${waiting} 件：找不到能办的人。`,
      href: '/operations#unassignable',
      link: '看任务',
      urgent: true,
    },
  ].filter((item) => item !== false);
}

async function ruleItems(house: House): Promise<ToDo[]> {
  const sets = await listRuleSets(house.sql, shanghaiDate(house.clock.now()));
  return sets.flatMap((set) => {
    const failed = runExamples(set, house.ruleExamples.get(set.id)).filter((example) => !example.passed).length;
    return failed > 0
      ? [
          {
            text: `规则“${set.title}”有 ${failed} 个示例不成立：规则和示例有一边要改。`,
            href: `/rules/${set.id}#examples`,
            link: '看示例',
          },
        ]
      : [];
  });
}

async function orgItems(house: House): Promise<ToDo[]> {
  const day = shanghaiDate(house.clock.now());
  const directory = await house.directory();
  return directory.bureaus().flatMap((bureau): ToDo[] => {
    const gaps = orgGaps(directory, bureau.code, day);
    const href = `/org?org=${bureau.code}`;
    const items: (ToDo | false)[] = [
      gaps.withoutDesk && {
        text: `${bureau.shortName}没有纳服专岗：登记的诉求没有人派单。`,
        href,
        link: '看组织',
        urgent: true,
      },
      gaps.vacantPosts.length > 0 && {
        text: `岗位无人：${bureau.shortName} ${gaps.vacantPosts.length} 个（${gaps.vacantPosts
          .slice(0, 3)
          .map(({ post }) => post.name)
          .join('、')}${gaps.vacantPosts.length > 3 ? '等' : ''}）。`,
        href,
        link: '看岗位',
      },
      gaps.emptyDepartments.length > 0 && {
        text: `部门没有人：${bureau.shortName} ${gaps.emptyDepartments.map((item) => item.name).join('、')}。`,
        href,
        link: '看部门',
      },
      gaps.departmentsWithoutLeader.length > 0 && {
        text: `没有指定分管领导：${bureau.shortName} ${gaps.departmentsWithoutLeader.length} 个部门。`,
        href: `${href}#leaders`,
        link: '看分管',
      },
    ];
    return items.filter((item) => item !== false);
  });
}
