import type { RequestHandler } from 'express';
import type { Actor } from '../../kernel/actor.ts';
import { may, type Permission } from '../../modules/access/index.ts';
import { unreadCount } from '../../modules/notifications/index.ts';
import { format } from '../format.ts';
import type { House } from '../house.ts';
import { readCookie } from './cookies.ts';

const MENU: { href: string; title: string; permission: Permission }[] = [
  { href: '/tasks', title: '我的待办', permission: 'task.work' },
  { href: '/dispatch', title: '派单台', permission: 'demand.dispatch' },
  { href: '/approvals', title: '待我审批', permission: 'extension.approve' },
  { href: '/visits', title: '回访', permission: 'visit.conduct' },
  { href: '/demands/new', title: '登记诉求', permission: 'demand.register' },
  { href: '/demands', title: '台账', permission: 'demand.read' },
  { href: '/audit', title: '审计', permission: 'audit.read' },
  { href: '/operations', title: '运行', permission: 'operations.read' },
  { href: '/processes', title: '流程', permission: 'process.read' },
  { href: '/rules', title: '规则', permission: 'rules.read' },
  { href: '/calendar', title: '日历', permission: 'calendar.read' },
  { href: '/org', title: '组织与人员', permission: 'org.read' },
];
const SHOWN = 6;

/** What every page needs: who, where, when, and the menu of a person's permissions. */
export function pageLocals(house: House): RequestHandler {
  return async (req, res, next) => {
    const actor: Actor | undefined = res.locals.actor;
    const now = house.clock.now();
    const menu = actor
      ? MENU.filter((item) => may(actor, item.permission)).map((item) => ({ ...item, current: item.href === req.path }))
      : [];
    const directory = await house.directory();
    const calendar = await house.calendar();
    const today = new Date(+now + 8 * 3600_000).toISOString().slice(0, 10);
    Object.assign(res.locals, {
      format,
      path: req.path,
      menu: menu.slice(0, SHOWN),
      moreMenu: menu.slice(SHOWN),
      actorPlace: actor
        ? `${directory.bureau(actor.orgCode)?.shortName ?? ''} · ${directory.department(actor.departmentCode)?.name ?? ''}`
        : '',
      unread: actor ? await unreadCount(house.sql, actor.login) : 0,
      today: `今天 ${format.today(now)} ${calendar.isWorkday(today, actor?.orgCode ?? '341500') ? '工作日，17:30 下班' : '不上班'}`,
      now,
      demo: Boolean(house.demo),
      large: readCookie(req, 'suying_large') === '1',
      flash: readFlash(req.query),
      may: (permission: Permission) => (actor ? may(actor, permission) : false),
    });
    next();
  };
}

const FLASHES: Record<string, string> = {
  completed: '已提交，流程已走到下一步。',
  draft: '草稿已保存，只有你能看到。',
  discarded: '草稿已放弃。',
  claimed: '已领取，可以办理。',
  released: '已释放，其他人可以领取。',
  registered: '已登记并转交。',
  extension: '延期申请已提交，请等待审批。',
  withdrawn: '撤回已登记，未办的任务已收回。',
  voided: '已作废，编号和记录保留。',
  dispatched: '派单完成。',
  password: '密码已修改，其他地方的登录已退出。',
  revoked: '令牌已作废。',
  delegation: '代理已设置。',
  'delegation-ended': '代理已收回。',
  resolved: '已重试。',
  advanced: '演示时间已前进。',
  assigned: '已改派。',
  read: '消息已全部标为已读。',
};

/** Only known words travel in the address, so nobody can make the page say something else. */
function readFlash(query: Record<string, unknown>): string | undefined {
  return typeof query.ok === 'string' ? FLASHES[query.ok] : undefined;
}
