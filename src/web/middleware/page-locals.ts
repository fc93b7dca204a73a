import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { type Actor, SYSTEM_ACTOR } from '../../kernel/actor.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { demandScopeSql, may, type Permission, roleName, signInBefore } from '../../modules/access/index.ts';
import type { Calendar } from '../../modules/calendar/index.ts';
import { unreadCount } from '../../modules/notifications/index.ts';
import { DELEGATION_SCOPES, type OrgDirectory } from '../../modules/org/index.ts';
import { countTasks } from '../../modules/tasks/index.ts';
import { format, shortDay } from '../format.ts';
import type { House, Outlook } from '../house.ts';
import { type MenuLink, menuOf, pagesOf } from '../menu.ts';
import type { Route } from '../route.ts';
import { preferencesOf } from './preferences.ts';

/** What every page needs: who, where, when, how it should look, and the menu of a person's permissions. */
export function pageLocals(house: House, routes: readonly Route[]): RequestHandler {
  const pages = pagesOf(routes);
  const program: string = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')).version;
  return async (req, res, next) => {
    const actor: Actor | undefined = res.locals.actor;
    // Of no use to a cache between; still the browser's own, so that Back brings a half-filled form as it was left.
    if (actor) res.set('Cache-Control', 'private, no-cache');
    const now = house.clock.now();
    const today = shanghaiDate(now);
    const [{ directory, calendar, rules }, unread, counts] = await Promise.all([
      (res.locals.pageOutlook as Outlook | undefined) ?? house.outlook(),
      actor ? unreadCount(house.sql, actor.login, now, demandScopeSql(actor, 1)) : 0,
      actor ? countTasks(house.sql, actor.login) : new Map<string, number>(),
    ]);
    // Once after signing in: when and from where the last time was, for the person to recognise.
    const before =
      actor && req.query.ok === 'signed-in' && res.locals.sessionToken
        ? await signInBefore(house, actor.login, res.locals.sessionToken)
        : undefined;
    const menu = actor ? menuOf(pages, actor, req, counts) : { shown: [], more: [] as MenuLink[] };
    Object.assign(res.locals, {
      ...preferencesOf(req),
      format,
      path: req.path,
      here: req.originalUrl,
      menu: menu.shown,
      /** Whether there is such a page, and it opens to the person. */
      opens: (page: string) => opens(pages.get(page), actor),
      moreMenu: menu.more,
      searchPath: pages.has('/search') ? '/search' : '/demands',
      bureauName: directory.bureau(SYSTEM_ACTOR.orgCode)?.shortName ?? '',
      actorPlace: actor ? placeOf(actor, directory) : '',
      actorRoles: actor ? rolesOf(actor, directory, today) : '',
      unread,
      today: todayText(now, calendar, actor?.orgCode ?? SYSTEM_ACTOR.orgCode),
      versions: [
        `程序 ${program}`,
        ...(rules ? [`规则 ${rules.slice(5)} 版`] : []),
        `日历 ${today.slice(0, 4)} v${calendar.version}`,
      ].join(' · '),
      now,
      demo: Boolean(house.demo),
      flash: readFlash(req.query),
      signedInBefore: before && `上次登录 ${format.short(before.at)}${before.ip ? `，IP ${maskIp(before.ip)}` : ''}。`,
      session: res.locals.session,
      may: (permission: Permission) => (actor ? may(actor, permission) : false),
    });
    next();
  };
}

const opens = (permission: Route['permission'] | undefined, actor: Actor | undefined): boolean =>
  permission !== undefined && (permission === 'public' || (actor !== undefined && may(actor, permission)));

/** Where somebody sits: bureau and department. */
function placeOf(actor: Actor, directory: OrgDirectory): string {
  return [directory.bureau(actor.orgCode)?.shortName, directory.department(actor.departmentCode)?.name]
    .filter(Boolean)
    .join(' · ');
}

/** The posts of a person, and for whom the person acts meanwhile (代理). */
function rolesOf(actor: Actor, directory: OrgDirectory, today: string): string {
  const standsFor = directory.delegationsTo(actor.login, today).map((delegation) => {
    const what = delegation.scope.map((scope) => DELEGATION_SCOPES[scope] ?? scope).join('、');
    return `代 ${directory.user(delegation.principal)?.name ?? delegation.principal} ${what}，至 ${shortDay(delegation.to)}`;
  });
  return `${actor.roles.map(roleName).join('、')}${standsFor.length > 0 ? `〔${standsFor.join('；')}〕` : ''}`;
}

/** `10.*.*.12`: enough to recognise one's own desk. */
export const maskIp = (ip: string): string => {
  const parts = ip.replace(/^::ffff:/, '').split('.');
  return parts.length === 4 ? `${parts[0]}.*.*.${parts[3]}` : ip.replace(/^([^:]*:[^:]*):.*:([^:]*)$/, '$1:…:$2');
};

function todayText(now: Date, calendar: Calendar, orgCode: string): string {
  const today = shanghaiDate(now);
  // A year nobody has entered must not keep anybody from signing in, least of all the person who enters it.
  if (!calendar.year(Number(today.slice(0, 4)))) return `今天 ${format.today(now)} 放假安排还没有导入`;
  const day = calendar.isWorkday(today, orgCode)
    ? `工作日，${calendar.closeOfBusiness(today, orgCode)} 下班`
    : '不上班';
  return `今天 ${format.today(now)} ${day}`;
}

const FLASHES: Record<string, string> = {
  completed: '已提交，流程已走到下一步。',
  draft: '草稿已保存，只有你能看到。',
  discarded: '草稿已放弃。',
  claimed: '已领取，可以办理。',
  released: '已释放，其他人可以领取。',
  acknowledged: '已签收。签收只表示已看到，不影响办结期限。',
  attempted: '已登记这次联系，反馈钟仍在走。',
  registered: '已登记并转交。',
  extension: '延期申请已提交，请等待审批。',
  contacted: '联系已登记，办结期限照走。',
  returned: '退单已提交，等纳服审核；办结期限照走。',
  deferral: '挂账申请已提交，等审批；批准以前办结期限照走。',
  'supplement-asked': '补充材料的要求已发给受理部门。',
  supplemented: '补充材料已登记，主办部门会收到。',
  resumed: '已恢复办理，办结期限自送达重新起算。',
  reported: '上报已登记。',
  recategorised: '类别已更正，原来的留在时间轴上。',
  redirected: '已改派，新的主办部门立即收到。',
  'passed-on': '已转派给同事。',
  merged: '已并单，进展看主件。',
  split: '已拆单，子件各自办理。',
  reopened: '已重新打开，主办部门立即收到。',
  'write-off-revoked': '销号已撤销，回到对账销号。',
  withdrawn: '撤回已登记，未办的任务已收回。',
  voided: '已作废，编号和记录保留。',
  urged: '催办已发出，对方会在消息里看到。',
  diverted: '已要求转法定途径，由指定岗位确认；办结期限照走。',
  'legal-answered': '回答已保存。',
  appealed: '申诉已登记，由主要领导复核。',
  unreasonable: '已提出认定，由分管局领导决定。',
  revealed: '已记录并显示这一项，几分钟后恢复遮盖。',
  dispatched: '派单完成。',
  password: '密码已修改，其他地方的登录已退出。',
  revoked: '令牌已作废。',
  delegation: '代理已设置。',
  'delegation-ended': '代理已收回。',
  resolved: '已重试。',
  advanced: '演示时间已前进。',
  assigned: '已改派。',
  read: '消息已全部标为已读。',
  'privacy-registered': '个人信息请求已登记。',
  'privacy-answered': '已答复，记入登记簿。',
  subscribed: '已订阅。下一个工作日上班时起，每天收到一份日报。',
  unsubscribed: '已退订，不再发送这份日报。',
  'view-saved': '视图已保存。',
  'view-removed': '视图已删去。',
  leader: '分管已变动，从开始日期起生效。',
  unlocked: '锁定已解除，可以登录。',
  enabled: '账号已恢复。',
  disabled: '账号已停用，所有登录已退出。',
  renamed: '姓名已更正，从前的记录保留当时的姓名。',
  posts: '岗位已变动，从开始日期起生效。',
  roles: '角色已变更，从开始日期起生效。',
  'handed-over': '任务已移交，接手人的待办里可以看到。',
  balanced: '已对账，结果见下。',
  'release-begun': '发布单已建立，内容已固定。请写变更说明并检查。',
  'release-open': '这份草稿已经在下面这张发布单里。',
  'release-saved': '说明已保存。',
  'release-refreshed': '已取用新的草稿，请重新检查。',
  'release-expectation': '期望已更新，成为这张发布单的一项，随它一起复核和发布；检查重新做过了。',
  'release-expectation-kept': '期望改回原来的，请重新检查。',
  'release-checked': '检查做完了，结果在下面。',
  'release-submitted': '已送复核，复核人会在消息里看到。',
  'release-signed': '已批准，等其余的人复核。',
  'release-scheduled': '复核完成，到生效时间自动发布。',
  'release-published': '已发布生效，并记入历史。',
  'release-failed': '没有发布成，原因在下面；在用的版本没有变。',
  'release-returned': '已退回修改，作者会在消息里看到。',
  'release-withdrawn': '已撤回，草稿都还在。',
  'release-roll-back': '回退的发布单已建立并检查过。请看结果，送复核；情况紧急的可以立即回退。',
  'bulletin-created': '通报已生成，数字已冻结，文字可以修改。',
  'bulletin-saved': '草稿已保存。',
  'bulletin-restore': '这一段已改回生成的文字。',
  'bulletin-refetch': '已重新取数并冻结，改过的段落请再核对。',
  'bulletin-submit': '已送审，局领导会在消息里看到。',
  'bulletin-sign': '已签发，文字和数字不再改动。',
  'bulletin-return': '已退回编写人修改。',
  'bulletin-publish': '已发布。',
  'bulletin-archive': '已归档。',
  'bulletin-correct': '已建立更正，改好后重新送审。',
  'topics-found': '已查找，符合标准的群组都在下面。',
  'topic-lead': '牵头科室已指定，负责人会在消息里看到。',
  'topic-measures': '措施已保存。',
  'topic-close': '群组已关闭，各件照常办理和反馈。',
  reconciled: '已核对台账、待办与流程引擎，能修复的已经修复，结果见下。',
  resent: '指令已重发。仍被退回的会再列在这里。',
  dropped: '指令已放弃，记录保留。',
  preferences: '已按你的选择显示。',
  reminders: '提醒方式已保存。',
  supervised: '督办已发出，在工作时间通知有关人员。',
  'rule-added': '已加一条规则，还是停用的：填好条件和结果，再点“启用”。',
  'backtest-cancelled': '回测已取消，草稿没有变。',
  'template-published': '模板已发布，以后发出的都用新文字。',
  'template-restored': '已恢复，作为新的一版在用。',
  'message-retry': '已重新排队，在工作时间发送。',
  'message-drop': '已放弃发送，记录保留。',
  'session-ended': '那个登录已退出。',
  'sessions-ended': '其他登录都已退出。',
  'draft-begun': '草稿已建立。在用的版本不变，发布以后才生效。',
  'draft-kept': '草稿已保存。',
  'draft-dropped': '草稿已放弃，在用的版本不变。',
  'draft-taken': '草稿已由你接管，对方下次保存时会看到。',
  'step-inserted': '步骤已插入，请写明它的属性。',
  'step-removed': '步骤已删除，前后已经接上。',
  'draft-imported': '文件已导入，成为一份草稿。',
  'access-asked': '申请已送系统管理员，结果会在消息里告诉你。',
};

/** Only known words travel in the address, so nobody can make the page say something else. */
function readFlash(query: Record<string, unknown>): string | undefined {
  const repeated = typeof query.repeat === 'string' && /^\d\d:\d\d:\d\d$/.test(query.repeat) ? query.repeat : undefined;
  if (repeated) return `这份表单已在 ${repeated} 提交成功，没有重复登记。下面是那一次的结果。`;
  return typeof query.ok === 'string' ? FLASHES[query.ok] : undefined;
}
