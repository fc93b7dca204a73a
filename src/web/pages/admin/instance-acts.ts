import { sqlOf } from '../../../db/orm.ts';
import type { InstanceState } from '../../../engine/port.ts';
import { conflict, type FieldProblem, invalid } from '../../../kernel/errors.ts';
import { CLOSED_STATUSES, statusTitle } from '../../../modules/demands/index.ts';
import { appendEvent } from '../../../modules/history/index.ts';
import {
  type ActWork,
  cancelInstance,
  changeVariables,
  diagramOf,
  elementOf,
  findInstance,
  handToPerson,
  incidentWithAttempts,
  KINDS,
  MANUAL_GROUPS,
  manualRefusal,
  maskedValue,
  moveToken,
  shortNumber,
  targetsOf,
  tokensOf,
  type VariableChange,
} from '../../../modules/processes/index.ts';
import { type FormView, formRoutes } from '../../form-page.ts';
import type { House } from '../../house.ts';
import type { FieldSpec } from '../../plain-form.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { readVariable, typedText } from './variable-fields.ts';

const SCOPE = '运行状态（件号后段，不含个人信息）';
const common = { permission: 'instance.manage', scope: SCOPE } as const;
const REASON: FieldSpec = {
  type: 'textarea',
  name: 'reason',
  label: '原因',
  required: true,
  rows: 3,
  hint: '写明为什么这样处理，记入历史。不要写诉求人的姓名、电话。',
};

/** What an administrator may do to a running instance: each a page of its own that says what will happen and asks for the reason. */
export const instanceActPages = (house: House): Route[] => [
  ...movePage(house),
  ...variablesPage(house, '/instances/:key/variables'),
  ...variablesPage(house, '/incidents/:key/variables'),
  ...cancelPage(house),
  ...manualPage(house),
];

const text = (ask: Ask, name: string): string => textOf(ask.req.body?.[name]) ?? '';

/** Does an act, waits for the engine, and tells a refusal as what it is: nothing has happened. */
async function act(
  house: House,
  ask: Ask,
  instanceKey: string,
  work: (given: ActWork) => Promise<string>,
): Promise<void> {
  const commandId = await house.transaction(ask.actor, (unit) =>
    work({ sql: sqlOf(unit.em), actor: ask.actor, clock: house.clock }),
  );
  await house.settle();
  const refused = await house.transaction(ask.actor, async (unit) => {
    const sql = sqlOf(unit.em);
    const message = await house.takeRefusal(sql, commandId);
    if (message)
      await appendEvent(sql, {
        subjectType: 'instance',
        subjectId: instanceKey,
        type: 'instance.refused',
        occurredAt: house.clock.now(),
        actor: ask.actor,
        payload: { why: message },
      });
    return message;
  });
  if (refused) throw conflict(`引擎没有接受，流程没有改变：${refused}`, { reason: 'engine-refused' });
}

async function crumbsOf(house: House, key: string): Promise<FormView['crumbs']> {
  const instance = await findInstance(house.sql, key);
  return [
    ['/instances', '运行中的流程'],
    [`/instances/${key}`, shortNumber(instance.demandNumber)],
  ];
}

const over = (key: string) => ({
  text: '这个流程实例已经结束，不用再处理。',
  href: `/instances/${key}`,
  link: '看这个实例',
});

function movePage(house: House): Route[] {
  return formRoutes({
    path: '/instances/:key/move',
    ...common,
    async view({ req }) {
      const key = String(req.params.key);
      const instance = await findInstance(house.sql, key);
      const diagram = await diagramOf(house.sql, instance.processId, instance.version);
      const nameOf = (id: string) => elementOf(diagram, id)?.name ?? id;
      const tokens = await tokensOf(house.sql, key);
      const from = textOf(req.query.from) ?? tokens.at(-1)?.key ?? '';
      return {
        title: '移到其他节点',
        crumbs: await crumbsOf(house, key),
        ...(instance.state !== 'ACTIVE' ? { blocked: over(key) } : {}),
        fields: [
          {
            type: 'radio',
            name: 'from',
            label: '从哪里移走',
            required: true,
            options: tokens.map((token) => ({ value: token.key, label: nameOf(token.elementId) })),
          },
          {
            type: 'select',
            name: 'to',
            label: '移到',
            required: true,
            options: targetsOf(diagram, instance.processId).map((element) => ({
              value: element.id,
              label: `${element.name}（${KINDS[element.type] ?? '网关'}）`,
            })),
          },
          REASON,
        ],
        initial: { from },
        effect: '点“移到这个节点”后：现在这一步的任务收回，流程从选定的节点继续；期限不变，台账上已登记的内容不变。',
        button: '移到这个节点',
        aside: {
          title: '移动之前',
          lines: [
            '先看一眼这一步是不是真的不用办了。',
            '移到人工任务的，任务马上送到相应岗位。',
            '这一步已经发出的通知、登记的结果不会撤回。',
          ],
        },
      };
    },
    async submit(ask) {
      const key = String(ask.req.params.key);
      await act(house, ask, key, (work) =>
        moveToken(work, {
          instanceKey: key,
          from: text(ask, 'from'),
          to: text(ask, 'to'),
          reason: text(ask, 'reason'),
        }),
      );
      ask.res.redirect(303, `/instances/${key}?done=moved`);
    },
  });
}

function cancelPage(house: House): Route[] {
  const openDemand = (status: string | null) =>
    status !== null && !(CLOSED_STATUSES as readonly string[]).includes(status);
  return formRoutes({
    path: '/instances/:key/cancel',
    ...common,
    async view({ req }) {
      const key = String(req.params.key);
      const instance = await findInstance(house.sql, key);
      const blocked = instance.parentKey
        ? {
            text: '这个实例由上一级流程调用，不能单独终止。',
            href: `/instances/${instance.parentKey}`,
            link: '去上一级流程',
          }
        : instance.state !== 'ACTIVE'
          ? over(key)
          : undefined;
      return {
        title: '终止实例',
        crumbs: await crumbsOf(house, key),
        ...(blocked ? { blocked } : {}),
        fields: [REASON],
        effect: openDemand(instance.demandStatus)
          ? '点“终止实例”后：这个流程和它调用的流程全部停止，打开的任务收回，不能恢复；纳服专岗收到一项任务，决定这件诉求怎么办。期限照常计算。'
          : '点“终止实例”后：这个流程和它调用的流程全部停止，打开的任务收回，不能恢复。',
        button: '终止实例',
        danger: true,
        aside: {
          title: '这件诉求',
          lines: instance.demandNumber
            ? [`${shortNumber(instance.demandNumber)}，台账状态“${statusTitle(instance.demandStatus!)}”。`]
            : ['这个流程不属于哪一件诉求。'],
        },
      };
    },
    async submit(ask) {
      const key = String(ask.req.params.key);
      const { demandStatus } = await findInstance(house.sql, key);
      await act(house, ask, key, (work) =>
        cancelInstance(work, { instanceKey: key, reason: text(ask, 'reason'), demandOpen: openDemand(demandStatus) }),
      );
      ask.res.redirect(303, `/instances/${key}?done=canceled`);
    },
  });
}

function manualPage(house: House): Route[] {
  return formRoutes({
    path: '/incidents/:key/manual',
    ...common,
    async view({ req }) {
      const { incident } = await incidentWithAttempts(house.sql, String(req.params.key));
      const instance = await findInstance(house.sql, incident.instanceKey);
      const diagram = await diagramOf(house.sql, incident.processId, incident.processVersion);
      const refusal = incident.resolvedAt ? '这个异常已经处理过了。' : manualRefusal(diagram, incident, instance);
      return {
        title: '转人工处理',
        crumbs: [
          ['/incidents', '异常'],
          [`/incidents/${incident.key}`, elementOf(diagram, incident.elementId)?.name ?? incident.elementId],
        ],
        ...(refusal ? { blocked: { text: refusal, href: `/incidents/${incident.key}`, link: '返回异常' } } : {}),
        fields: [
          {
            type: 'radio',
            name: 'group',
            label: '交给哪个岗位',
            required: true,
            options: Object.entries(MANUAL_GROUPS).map(([value, label]) => ({ value, label })),
          },
          REASON,
        ],
        effect:
          '点“转人工处理”后：所选岗位收到任务“人工处理这一步”；办妥的，流程从下一步继续，没有办妥的退回给你。期限照常计算。',
        button: '转人工处理',
      };
    },
    async submit(ask) {
      const { incident } = await incidentWithAttempts(house.sql, String(ask.req.params.key));
      await act(house, ask, incident.instanceKey, (work) =>
        handToPerson(work, { incidentKey: incident.key, group: text(ask, 'group'), reason: text(ask, 'reason') }),
      );
      ask.res.redirect(303, `/instances/${incident.instanceKey}?done=manual`);
    },
  });
}

// ---- variables -----------------------------------------------------------------------------------------------

type Variable = InstanceState['variables'][number];

/** What may be changed by hand: what steers the process and can be read; never what ties the instance to its demand. */
const FIXED = new Set(['demandId', 'stuckInstance', 'stuckElement']);
const editable = (item: Variable): boolean => !FIXED.has(item.name) && !maskedValue(item.value).includes('已隐藏');

async function subjectOf(house: House, ask: Ask) {
  const key = String(ask.req.params.key);
  if (!ask.req.path.startsWith('/incidents/'))
    return { instanceKey: (await findInstance(house.sql, key)).key, incidentKey: undefined };
  const { incident } = await incidentWithAttempts(house.sql, key);
  return { instanceKey: incident.instanceKey, incidentKey: incident.key };
}

function variablesPage(house: House, path: string): Route[] {
  const title = path.startsWith('/incidents/') ? '改变量后重试' : '改变量';
  const insideOf = async (key: string) => {
    const inside = await house.inspectInstance(key);
    return [...(inside?.variables ?? [])].filter(editable).sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  const changesOf = (ask: Ask, variables: readonly Variable[], instanceKey: string): VariableChange[] => {
    const problems: FieldProblem[] = [];
    const changes = variables.flatMap((item, index): VariableChange[] => {
      const typed = textOf(ask.req.body?.[`v${index}`]) ?? '';
      if (typed === typedText(item.value)) return [];
      const read = readVariable(typed, item.value);
      if ('problem' in read) problems.push({ pointer: `/v${index}`, message: `“${item.name}”${read.problem}` });
      else return [{ scopeKey: item.scopeKey, name: item.name, before: item.value, after: read.value }];
      return [];
    });
    const name = text(ask, 'newName');
    if (name) {
      if (!/^[A-Za-z_]\w{0,63}$/.test(name) || FIXED.has(name))
        problems.push({ pointer: '/newName', message: '变量名用字母开头，只含字母、数字和下划线。' });
      const read = readVariable(text(ask, 'newValue'), undefined);
      if ('problem' in read) problems.push({ pointer: '/newValue', message: `“新变量的值”${read.problem}` });
      else changes.push({ scopeKey: instanceKey, name, before: undefined, after: read.value });
    }
    if (problems.length > 0) throw invalid('没有提交', problems);
    return changes;
  };
  return formRoutes({
    path,
    ...common,
    async view(ask) {
      const { instanceKey, incidentKey } = await subjectOf(house, ask);
      const instance = await findInstance(house.sql, instanceKey);
      const diagram = await diagramOf(house.sql, instance.processId, instance.version);
      const variables = instance.state === 'ACTIVE' ? await insideOf(instanceKey) : [];
      const pending = ask.req.method === 'POST' ? (ask.res.locals.pendingChanges as string[] | undefined) : undefined;
      return {
        title,
        crumbs: incidentKey
          ? [
              ['/incidents', '异常'],
              [`/incidents/${incidentKey}`, '这个异常'],
            ]
          : await crumbsOf(house, instanceKey),
        ...(instance.state !== 'ACTIVE' ? { blocked: over(instanceKey) } : {}),
        fields: [
          ...variables.map(
            (item, index): FieldSpec => ({
              type: typeof item.value === 'boolean' ? 'radio' : 'textfield',
              name: `v${index}`,
              label: item.name,
              hint: `现在：${maskedValue(item.value)}${item.scopeKey === instanceKey ? '' : `（只在“${elementOf(diagram, item.elementId)?.name ?? '这一步'}”内）`}`,
              ...(typeof item.value === 'boolean'
                ? {
                    options: [
                      { value: 'true', label: '是' },
                      { value: 'false', label: '否' },
                    ],
                  }
                : {}),
            }),
          ),
          { type: 'textfield', name: 'newName', label: '新变量的名称', hint: '流程缺少变量时填写；不用加的留空。' },
          {
            type: 'textfield',
            name: 'newValue',
            label: '新变量的值',
            hint: '数字直接写；是、否写 true、false；其他按文字，或写 JSON。',
          },
          REASON,
        ],
        hidden: { seen: JSON.stringify(variables.map((item) => [item.scopeKey, item.name, item.value])) },
        initial: Object.fromEntries(variables.map((item, index) => [`v${index}`, typedText(item.value)])),
        effect: incidentKey
          ? '点“改变量后重试”后：变量改为新值，引擎再执行这一步；旧值、新值和原因记入历史。'
          : '点“改变量”后：变量改为新值，从下一步起生效；旧值、新值和原因记入历史。',
        button: title,
        aside: pending
          ? { title: '改动', lines: pending }
          : { title: '哪些能改', lines: ['编号、代码、数字、是否可以改。', '文字内容和诉求的关联不显示，也不能改。'] },
      };
    },
    async submit(ask) {
      const { instanceKey, incidentKey } = await subjectOf(house, ask);
      const variables = await insideOf(instanceKey);
      const now = JSON.stringify(variables.map((item) => [item.scopeKey, item.name, item.value]));
      if (text(ask, 'seen') && text(ask, 'seen') !== now)
        throw conflict('变量刚刚变了，没有改动。请回到上一页，看过新的值再改。', { reason: 'stale' });
      const changes = changesOf(ask, variables, instanceKey);
      ask.res.locals.pendingChanges = changes.map(
        (change) =>
          `${change.name}：${change.before === undefined ? '没有' : maskedValue(change.before)} → ${maskedValue(change.after)}`,
      );
      await act(house, ask, instanceKey, (work) =>
        changeVariables(work, {
          instanceKey,
          changes,
          reason: text(ask, 'reason'),
          act: house.ids.uuid(),
          ...(incidentKey ? { incidentKey } : {}),
        }),
      );
      ask.res.redirect(
        303,
        incidentKey ? `/incidents/${incidentKey}?retried=1` : `/instances/${instanceKey}?done=variables`,
      );
    },
  });
}
