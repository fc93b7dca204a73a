import {
  DEFERRAL_CATEGORIES,
  DeferralEntity,
  DeferralNoteEntity,
  type Demand,
  maskText,
  mergedInto,
  RAISE_REASONS,
  ReturnEntity,
  returnOutlook,
  SUPPLEMENT_WAYS,
  statusTitle,
  supplementsOf,
  totalAge,
} from '../../modules/demands/index.ts';
import { format } from '../format.ts';
import type { Unit } from '../house.ts';
import { namesOf } from './demand/names.ts';
import { word } from './demand/words.ts';

interface Fact {
  term: string;
  text: string;
}
export interface WayCard {
  title: string;
  state: string;
  facts: Fact[];
}

const RETURNS: Record<string, string> = {
  PENDING: '待审',
  AGREED: '同意',
  REJECTED: '驳回，审定派单',
  WITHDRAWN: '已收回',
};
const DEFERRALS: Record<string, string> = {
  PENDING: '审批中',
  ACTIVE: '挂账中',
  REFUSED: '按规则不予挂账',
  REJECTED: '不同意',
  RESUMED: '已恢复办理',
  WITHDRAWN: '已收回',
};
const NOTES: Record<string, string> = {
  CONTINUED: '继续挂账',
  REPORTED: '上报',
  CONFIRMED: '主要领导确认',
  NOT_CONFIRMED: '主要领导没有确认',
  RESUMED: '恢复办理',
};

/** What a demand has gone through besides the straight way: for its page and beside its tasks. */
export async function waysOf(unit: Unit, demand: Demand): Promise<{ cards: WayCard[]; notices: string[] }> {
  const cards = [
    ...(await deferralCards(unit, demand)),
    ...(await returnCards(unit, demand)),
    ...(await supplementCards(unit, demand)),
  ];
  const notices: string[] = [];
  if (demand.raisedAt)
    notices.push(
      `已于 ${format.time(demand.raisedAt)} 提级：${RAISE_REASONS[demand.raisedReason as keyof typeof RAISE_REASONS] ?? ''}。`,
    );
  if (demand.returnCount > 0 && !demand.writtenOffAt)
    notices.push(`自首次受理累计 ${totalAge(unit, demand)} 个工作日，转手 ${demand.returnCount} 次。`);
  return { cards, notices };
}

const fact = (term: string, text: string | null | undefined | false): Fact[] =>
  text ? [{ term, text: maskText(text) }] : [];

async function deferralCards(unit: Unit, demand: Demand): Promise<WayCard[]> {
  const names = namesOf(unit.directory);
  const items = await unit.em.find(DeferralEntity, { demandId: demand.id }, { orderBy: { requestedAt: 'asc' } });
  const cards: WayCard[] = [];
  for (const item of items) {
    const notes = await unit.em.find(DeferralNoteEntity, { deferralId: item.id }, { orderBy: { at: 'asc' } });
    const day = (date: string | null | undefined) => (date ? `${format.day(date)} ${format.weekday(date)}` : '');
    cards.push({
      title: '挂账',
      state: DEFERRALS[item.status] ?? item.status,
      facts: [
        ...fact('类别', DEFERRAL_CATEGORIES[item.category as keyof typeof DEFERRAL_CATEGORIES]),
        ...fact('申请', `${item.requestedByName} ${format.time(item.requestedAt)}`),
        ...fact('不能解决的原因', item.reason),
        ...fact('成熟条件', item.condition),
        ...fact('复核日', day(item.reviewDate)),
        ...fact('责任人', item.responsibleName),
        ...fact('阶段性答复', `${word(item.interimMethod)}：${item.interimAnswer}`),
        ...fact('审批人', names.user(item.decidedBy ?? item.approverLogin)),
        ...fact('审批意见', item.opinion),
        ...fact('再确认', item.status === 'ACTIVE' && `${day(item.confirmBy)} 前主要领导确认`),
        ...notes.map((note) => ({
          term: NOTES[note.kind] ?? note.kind,
          text: maskText(
            `${format.short(note.at)} ${note.byName}：${note.content}${note.reportedTo ? `（${note.reportedTo}${note.reportedNumber ? ` ${note.reportedNumber}` : ''}）` : ''}${note.reviewDate ? `，下次复核 ${day(note.reviewDate)}` : ''}`,
          ),
        })),
      ],
    });
  }
  return cards;
}

async function returnCards(unit: Unit, demand: Demand): Promise<WayCard[]> {
  const names = namesOf(unit.directory);
  const items = await unit.em.find(ReturnEntity, { demandId: demand.id }, { orderBy: { requestedAt: 'asc' } });
  const cards = items.map(
    (item): WayCard => ({
      title: item.kind === 'RETURN' ? '退单' : '改派',
      state: item.kind === 'RETURN' ? (RETURNS[item.status] ?? '') : '',
      facts: [
        ...fact('原主办', names.department(item.department)),
        ...fact(item.kind === 'RETURN' ? '依据' : '理由', item.basis),
        ...fact('提出', `${item.requestedByName} ${format.time(item.requestedAt)}`),
        ...fact('建议承办', item.kind === 'RETURN' && names.department(item.proposedDepartment)),
        ...fact(
          '审核',
          item.kind === 'RETURN' && item.decidedAt && `${item.decidedByName} ${format.time(item.decidedAt)}`,
        ),
        ...fact('意见', item.opinion),
        ...fact('新主办', names.department(item.newDepartment)),
      ],
    }),
  );
  const hosts = demand.hostDepartment != null && unit.actor.departments.includes(demand.hostDepartment);
  if (items.length > 0 || !hosts || demand.status !== 'HANDLING') return cards;
  const { refusal, until } = await returnOutlook(unit, demand);
  return refusal === null && until
    ? [{ title: '退单', state: `可在 ${format.short(until)} 前提出，每件一次`, facts: [] }]
    : cards;
}

async function supplementCards(unit: Unit, demand: Demand): Promise<WayCard[]> {
  return (await supplementsOf(unit, demand.id)).map((item) => ({
    title: '补充材料',
    state: { ASKED: '等诉求人补充', GIVEN: '已收到', CLOSED: '没有收到' }[item.status] ?? '',
    facts: [
      ...fact('需要', item.what),
      ...fact('用途', item.purpose),
      ...fact(
        '请求',
        item.askedAt && `${item.askedByName} ${format.time(item.askedAt)}${item.pausesClock ? '，停钟' : ''}`,
      ),
      ...fact(
        '收到',
        item.givenAt &&
          `${format.time(item.givenAt)} ${SUPPLEMENT_WAYS[item.givenVia as keyof typeof SUPPLEMENT_WAYS] ?? ''}，${item.givenByName}`,
      ),
      ...fact('内容', item.content),
    ],
  }));
}

/** The other contents of a main demand, and where a merged one went on: each keeps its page. */
export async function mergedView(unit: Unit, demand: Demand) {
  const into = await mergedInto(unit, demand.id);
  return into.map((item) => ({
    number: item.number,
    at: format.time(item.registeredAt),
    content: maskText(item.content),
    status: statusTitle(item.status),
  }));
}
