import { createRequire } from 'node:module';
import { type CompatReport, compatInWords } from './compat-in-words.ts';

/** What a rule of bpmnlint means for somebody who draws: the finding, why it matters, how to mend it. */
interface Meaning {
  what: string;
  why: string;
  mend: string;
}

const MEANINGS: Record<string, Meaning> = {
  'conditional-flows': {
    what: '分支的出线缺少条件',
    why: '几条路没有条件，流程不知道走哪一条',
    mend: '给每条出线写条件，并指定一条默认线',
  },
  'end-event-required': { what: '缺少结束事件', why: '读图的人看不出在哪里结束', mend: '在最后一步之后加一个结束事件' },
  'event-sub-process-typed-start-event': {
    what: '事件子流程的开始事件没有类型',
    why: '没有消息、定时器或错误，它永远不会开始',
    mend: '选择一种类型，例如消息',
  },
  'fake-join': {
    what: '几条线直接汇到一个节点',
    why: '每来一条线就走一次，容易重复办理',
    mend: '先用网关汇合，再连到这个节点',
  },
  'label-required': { what: '没有名称', why: '任务清单、时间轴和路径文字都用这个名称', mend: '写一个动词加对象的名称' },
  'no-bpmndi': {
    what: '有节点没有画在图上',
    why: '看不见的步骤没有人能核对',
    mend: '在设计器里打开，把它放到图上，或删去',
  },
  'no-complex-gateway': { what: '用了复杂网关', why: '两种引擎都不支持', mend: '改用排他、并行或包容网关' },
  'no-disconnected': { what: '没有连线', why: '流程走不到这里', mend: '连上线，或删去' },
  'no-duplicate-sequence-flows': { what: '两点之间有两条相同的线', why: '会重复走两次', mend: '删去其中一条' },
  'no-gateway-join-fork': { what: '一个网关既汇合又分支', why: '读图的人分不清', mend: '拆成两个网关' },
  'no-implicit-end': { what: '没有出线也不是结束事件', why: '读图的人看不出这条路到此为止', mend: '加一个结束事件' },
  'no-implicit-split': { what: '一个节点有几条出线', why: '几条路会同时走', mend: '用网关分支；要同时走的用并行网关' },
  'no-implicit-start': { what: '没有进线也不是开始事件', why: '流程走不到这里', mend: '连上进线，或删去' },
  'no-inclusive-gateway': {
    what: '用了包容网关',
    why: '汇合时要等哪几条路，不容易看懂',
    mend: '能用排他或并行网关的，改用它们',
  },
  'no-overlapping-elements': { what: '与别的节点重叠', why: '图看不清', mend: '移开' },
  'single-blank-start-event': { what: '有几个没有类型的开始事件', why: '不知道从哪一个开始', mend: '只留一个' },
  'single-event-definition': { what: '一个事件有几种类型', why: '引擎只认一种', mend: '只留一种' },
  'start-event-required': { what: '缺少开始事件', why: '流程不能开始', mend: '加一个开始事件' },
  'sub-process-blank-start-event': {
    what: '子流程的开始事件有类型',
    why: '子流程由上一步进入，不等消息',
    mend: '改为没有类型的开始事件',
  },
  'superfluous-gateway': { what: '网关只有一进一出', why: '没有作用，读图费力', mend: '删去这个网关' },
  'superfluous-termination': { what: '终止事件多余', why: '这里没有别的分支要终止', mend: '改为普通结束事件' },
  'event-based-gateway': { what: '事件网关接错了', why: '它后面只能接收消息或定时器', mend: '在后面接消息或定时事件' },
};

export interface ModelingProblem extends Meaning {
  elementId: string;
  severity: 'error' | 'warning';
  group: 'syntax' | 'engine';
  /** Rule of the linter that says so. */
  rule: string;
}

/** What bpmnlint and its rules for Camunda 8.5 say about a parsed file, in words for people who draw. */
export async function modelingProblems(
  definitions: unknown,
  nameOf: (id: string) => string,
): Promise<ModelingProblem[]> {
  // Loaded when first needed: the linter is not part of a cold start.
  const require = createRequire(import.meta.url);
  const { Linter } = require('bpmnlint');
  const NodeResolver = require('bpmnlint/lib/resolver/node-resolver.js');
  const linter = new Linter({
    resolver: new NodeResolver({ require }),
    config: { extends: ['bpmnlint:recommended', 'plugin:camunda-compat/camunda-cloud-8-5'] },
  });
  const results = (await linter.lint(definitions)) as Record<string, (CompatReport & { category: string })[]>;
  return Object.entries(results).flatMap(([rule, reports]) =>
    reports.map((report) => {
      const known = MEANINGS[rule.replace(/^bpmnlint\//, '')];
      const { place, ...meaning } = known ? { ...known, place: undefined } : compatInWords(report, nameOf);
      return {
        elementId: place ?? report.id ?? '',
        severity:
          report.category === 'error' || report.category === 'rule-error' ? ('error' as const) : ('warning' as const),
        group: rule.startsWith('camunda-compat/') ? ('engine' as const) : ('syntax' as const),
        rule,
        ...meaning,
      };
    }),
  );
}
