import { type FrozenReport, wholeOf } from './frozen-report.ts';
import { figure, joined, type Paragraph, type Said, say } from './sentences.ts';

export interface Section {
  id: string;
  title: string;
  paragraphs: Paragraph[];
}

/** The text of a bulletin from frozen numbers alone (通报文书: 基本情况、承办单位、回访、热点、问题与要求). */
export function writeText(report: FrozenReport): Section[] {
  return [
    section('1', '一、基本情况', [intake(report), channels(report), categories(report), rates(report)]),
    section('2', '二、承办单位情况', [units(report), belowStandard(report)]),
    section('3', '三、回访情况', [visits(report), dissatisfied(report)]),
    section('4', '四、热点和共性诉求', [tags(report), topics(report)]),
    section('5', '五、突出问题与整改要求', [problems(report), cards(report), deferrals(report), demands(report)]),
  ];
}

const section = (id: string, title: string, said: readonly (Said | null)[]): Section => ({
  id,
  title,
  paragraphs: said
    .filter((item): item is Said => item !== null)
    .map((item, n) => ({ id: `${id}.${n + 1}`, text: item.text, figures: item.figures })),
});

function intake({ period, unitName, intake: now, intakeBefore, intakeYearBefore }: FrozenReport): Said {
  return say`${period.title}，${unitName}共受理纳税人缴费人诉求 ${figure('受理件', now.registered)} 件，${compared('环比', now.registered, intakeBefore.registered)}，${compared('同比', now.registered, intakeYearBefore.registered)}。其中当场办结和直接办理 ${figure('当场办结和直接办理', now.direct)} 件，纳服部门派单 ${figure('纳服派单', now.dispatched)} 件。`;
}

function compared(name: string, now: number, then: number): Said {
  if (then === 0) return say`${name === '环比' ? '上期' : '去年同期'} ${figure(`${name}基数`, 0)} 件`;
  if (now === then) return say`${name}持平（${figure(`${name}基数`, then)} 件）`;
  const share = `${Math.abs(((now - then) / then) * 100).toFixed(1)}%`;
  return say`${name}${now > then ? '增加' : '减少'} ${figure(`${name}增减`, Math.abs(now - then))} 件（${figure(`${name}增减幅`, share)}）`;
}

const counts = (numbers: Record<string, number>, names: Record<string, string>): Said | null => {
  const parts = Object.entries(names)
    .filter(([code]) => (numbers[code] ?? 0) > 0)
    .map(([code, title]) => say`${title} ${figure(title, numbers[code]!)} 件`);
  return parts.length > 0 ? joined(parts, '，') : null;
};

function channels(report: FrozenReport): Said | null {
  const said = counts(report.intake.channels, report.channels);
  return said && say`从渠道看，${said}。`;
}

function categories(report: FrozenReport): Said | null {
  const said = counts(report.intake.categories, report.categories);
  return said && say`从类别看，${said}。`;
}

/** A rate with its counts; the counts alone where there are few. */
function rate(report: FrozenReport, id: string, title: string, orgCode = ''): Said {
  const { counted, among = 0 } = wholeOf(report, id, orgCode);
  if (among === 0) return say`${title}没有应计的件`;
  const pair = `${counted.toLocaleString('en')}/${among.toLocaleString('en')}`;
  if (among < report.parameters.smallDenominator) return say`${title} ${figure(title, pair)}（件数少，不计算比例）`;
  return say`${title} ${figure(title, `${((counted / among) * 100).toFixed(1)}%（${pair}）`)}`;
}

function rates(report: FrozenReport): Said {
  const median = wholeOf(report, 'handling-days-median');
  return say`${joined(
    [
      rate(report, 'transfer-on-time', '转交及时率'),
      rate(report, 'completed-on-time', '按时办结率'),
      rate(report, 'fed-back-on-time', '反馈及时率'),
      rate(report, 'extended', '延期率'),
    ],
    '，',
  )}${median.days == null ? '' : say`；办结用时中位数 ${figure('办结用时中位数', median.days)} 个工作日`}。`;
}

function units(report: FrozenReport): Said {
  const sum = (name: 'dispatched' | 'onTime' | 'late' | 'unfinished' | 'withinTime') =>
    report.units.reduce((total, line) => total + line[name], 0);
  return say`本期派给承办单位 ${figure('派件', sum('dispatched'))} 件，按时办结 ${figure('按时', sum('onTime'))} 件，超时办结 ${figure('超时', sum('late'))} 件，未办结 ${figure('未办结', sum('unfinished'))} 件，其中期内 ${figure('期内', sum('withinTime'))} 件。各承办单位情况见下表，按单位代码排列，不排名次。`;
}

function belowStandard(report: FrozenReport): Said | null {
  const { smallDenominator, completedStandardPercent: standard } = report.parameters;
  const below = report.units.filter((line) => {
    const done = line.onTime + line.late;
    return done >= smallDenominator && line.onTime * 100 < standard * done;
  });
  if (below.length === 0) return null;
  const named = below.map((line) => {
    const done = line.onTime + line.late;
    return say`${line.name} ${figure(`${line.name} 按时办结率`, `${((line.onTime / done) * 100).toFixed(1)}%（${line.onTime}/${done}）`)}`;
  });
  return say`按时办结率低于 ${figure('按时办结率标准', `${standard}%`)} 的单位：${joined(named, '，')}。`;
}

function visits(report: FrozenReport): Said {
  return say`${joined(
    [
      rate(report, 'visited', '回访率'),
      rate(report, 'visit-valid', '有效回访率'),
      rate(report, 'resolved', '解决率'),
      rate(report, 'satisfied', '满意率'),
    ],
    '，',
  )}。没有评价的不计为满意。`;
}

function dissatisfied(report: FrozenReport): Said | null {
  const { smallDenominator, satisfiedStandardPercent: standard } = report.parameters;
  const below = report.units.filter(
    (line) => line.rated >= smallDenominator && (line.rated - line.dissatisfied) * 100 < standard * line.rated,
  );
  if (below.length === 0) return null;
  const named = below.map((line) => {
    const good = line.rated - line.dissatisfied;
    return say`${line.name} ${figure(`${line.name} 满意率`, `${((good / line.rated) * 100).toFixed(1)}%（${good}/${line.rated}）`)}`;
  });
  return say`满意率低于 ${figure('满意率标准', `${standard}%`)} 的单位：${joined(named, '，')}。`;
}

function tags(report: FrozenReport): Said {
  if (report.tags.length === 0) return say`本期没有带标签的诉求。`;
  const named = report.tags.map(({ tag, registered, before }) =>
    registered > before
      ? say`${tag} ${figure(tag, registered)} 件（上期 ${figure(`${tag}上期`, before)} 件）`
      : say`${tag} ${figure(tag, registered)} 件`,
  );
  return say`反映较多的事项：${joined(named, '，')}。`;
}

function topics(report: FrozenReport): Said {
  if (report.topics.length === 0) return say`没有正在处理的共性诉求。`;
  const named = report.topics.map(
    ({ title, members, lead, measures }) =>
      say`“${title}” ${figure(`共性诉求“${title}”`, members)} 件，${lead ? `由${lead}牵头` : '待定牵头科室'}${measures ? `，措施：${measures.replace(/。$/, '')}` : '，措施正在研究'}`,
  );
  return say`正在处理的共性诉求 ${figure('共性诉求群组', report.topics.length)} 个：${joined(named, '；')}。`;
}

function problems(report: FrozenReport): Said {
  const overdue = wholeOf(report, 'overdue').counted;
  if (overdue === 0) return say`本期没有逾期件。`;
  const lines = report.units
    .map((line) => ({ name: line.name, n: line.late + line.unfinished - line.withinTime }))
    .filter(({ n }) => n > 0)
    .map(({ name, n }) => say`${name} ${figure(`${name} 超时`, n)} 件`);
  return say`本期逾期 ${figure('逾期件', overdue)} 件${lines.length > 0 ? say`，涉及 ${joined(lines, '、')}` : ''}。`;
}

function cards({ supervision = [] }: FrozenReport): Said | null {
  if (supervision.length === 0) return null;
  const levels = [...Map.groupBy(supervision, (card) => card.level)].map(
    ([level, list]) => say`${level} ${figure(`${level}督办`, list.length)} 件`,
  );
  const open = supervision.filter((card) => !card.lifted).length;
  return say`本期发出督办 ${joined(levels, '、')}，其中未解除 ${figure('未解除督办', open)} 件，清单附后。`;
}

function deferrals(report: FrozenReport): Said | null {
  const [balance, missed] = [wholeOf(report, 'deferred').counted, wholeOf(report, 'deferral-review-missed').counted];
  if (balance === 0) return null;
  return say`挂账 ${figure('挂账余额', balance)} 件，其中超复核日 ${figure('超复核日挂账', missed)} 件，清单附后。`;
}

const demands = (_report: FrozenReport): Said =>
  say`各单位要落实限时办结、及时反馈和对账销号的要求，逾期件逐件说明原因、明确完成时间；对不满意的件要重新核实，不得以解释代替办理。`;
