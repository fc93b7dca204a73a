import { sqlOf } from '../../../db/orm.ts';
import { type FieldProblem, isDomainError, notFound } from '../../../kernel/errors.ts';
import {
  CHANNELS,
  checkTemplate,
  currentTemplates,
  partsOf,
  previewTemplate,
  publishTemplate,
  restoreTemplate,
  TEMPLATES,
  templateDeclaration,
  templateVersions,
} from '../../../modules/notifications/index.ts';
import { format } from '../../format.ts';
import type { House } from '../../house.ts';
import { type FieldSpec, fieldViews, problemViews, type Typed } from '../../plain-form.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { calendarBar } from './frame.ts';

const CHANNEL_STATES = {
  none: '没有配置，不发送',
  console: '没有配置，只写入日志',
  smtp: '已配置邮件服务器',
  http: '已配置网关',
};

/** 通知模板: the texts the program sends by itself, edited with a check and a preview; every version is kept. */
export function templatePages(house: House): Route[] {
  const own = { permission: 'template.edit', scope: '全部' } as const;
  return [
    { method: 'get', path: '/notifications/templates', ...own, handle: (ask) => showList(house, ask) },
    {
      method: 'get',
      path: '/notifications/templates/:id',
      ...own,
      handle: (ask) => showTemplate(house, ask, {}),
    },
    { method: 'post', path: '/notifications/templates/:id', ...own, handle: (ask) => submit(house, ask) },
    { method: 'post', path: '/notifications/templates/:id/restore', ...own, handle: (ask) => restore(house, ask) },
  ];
}

async function showList(house: House, { res }: Ask): Promise<void> {
  const current = await currentTemplates(house.sql);
  res.render('admin/templates', {
    title: '通知模板',
    bar: await calendarBar(house),
    channels: Object.entries(CHANNELS).map(([key, title]) => ({
      title,
      state: CHANNEL_STATES[house.messageChannels[key as keyof typeof CHANNELS]],
      ready: ['smtp', 'http'].includes(house.messageChannels[key as keyof typeof CHANNELS]),
    })),
    templates: TEMPLATES.map((declaration) => {
      const text = current.find((item) => item.template === declaration.id)!;
      return {
        ...declaration,
        version: text.version,
        by: text.publishedAt ? `${text.publishedByName} ${format.time(text.publishedAt)}` : '随程序启用',
        preview: previewTemplate(declaration, text).body,
      };
    }),
  });
}

interface State {
  values?: { subject: string; body: string; reason: string };
  problems?: readonly FieldProblem[];
  /** The preview of what was typed was asked for. */
  previewed?: boolean;
  status?: number;
}

async function showTemplate(house: House, { req, res }: Pick<Ask, 'req' | 'res'>, state: State): Promise<void> {
  const declaration = declarationOf(req);
  const versions = await templateVersions(house.sql, declaration.id);
  const current = versions[0]!;
  const values = state.values ?? { subject: current.subject, body: current.body, reason: '' };
  const problems = problemViews(state.problems ?? []);
  const preview = previewTemplate(declaration, values);
  res.status(state.status ?? 200).render('admin/template', {
    title: declaration.title,
    declaration,
    placeholders: Object.values(declaration.placeholders),
    current,
    base: current.version,
    nodes: fieldViews(fieldsOf(declaration.hasSubject), values as unknown as Typed, problems),
    problems,
    previewed: state.previewed ?? false,
    preview,
    parts: declaration.hasSubject ? 0 : partsOf(preview.body),
    letters: [...preview.body].length,
    versions: versions.map((version) => ({
      ...version,
      at: version.publishedAt ? format.time(version.publishedAt) : '随程序启用',
    })),
    bar: await calendarBar(house),
  });
}

const fieldsOf = (hasSubject: boolean): FieldSpec[] => [
  ...(hasSubject ? [{ type: 'textfield', name: 'subject', label: '标题', required: true } as const] : []),
  {
    type: 'textarea',
    name: 'body',
    label: '正文',
    required: true,
    rows: 5,
    maxLength: 500,
    hint: '要替换的内容写成“{{名称}}”，只能用右边列出的名称。不写姓名、电话和事由。',
  },
  { type: 'textfield', name: 'reason', label: '修改原因', required: true, hint: '例如“改用新的查询网址”。' },
];

async function submit(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const declaration = declarationOf(req);
  const values = {
    subject: textOf(req.body.subject) ?? '',
    body: (textOf(req.body.body) ?? '').replace(/\r\n/g, '\n'),
    reason: textOf(req.body.reason) ?? '',
  };
  if (req.body.act === 'preview') {
    const problems = checkTemplate(declaration, values);
    return showTemplate(house, ask, { values, problems, previewed: true, status: problems.length > 0 ? 422 : 200 });
  }
  try {
    await house.transaction(actor, (unit) =>
      publishTemplate(sqlOf(unit.em), actor, house.clock.now(), {
        template: declaration.id,
        base: Number(req.body.base),
        ...values,
      }),
    );
  } catch (error) {
    if (!isDomainError(error)) throw error;
    if (error.code === 'Conflict')
      return showTemplate(house, ask, {
        values,
        problems: [{ pointer: '/body', message: error.message }],
        status: 409,
      });
    if (error.code !== 'Invalid') throw error;
    return showTemplate(house, ask, { values, problems: error.problems, status: 422 });
  }
  res.redirect(303, `/notifications/templates/${declaration.id}?ok=template-published`);
}

async function restore(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const declaration = declarationOf(req);
  try {
    await house.transaction(actor, (unit) =>
      restoreTemplate(sqlOf(unit.em), actor, house.clock.now(), {
        template: declaration.id,
        version: Number(req.body.version),
        base: Number(req.body.base),
      }),
    );
  } catch (error) {
    if (!isDomainError(error) || !['Conflict', 'Invalid'].includes(error.code)) throw error;
    const problems = error.problems.length > 0 ? error.problems : [{ pointer: '/body', message: error.message }];
    return showTemplate(house, ask, { problems, status: error.code === 'Conflict' ? 409 : 422 });
  }
  res.redirect(303, `/notifications/templates/${declaration.id}?ok=template-restored`);
}

function declarationOf(req: Ask['req']) {
  const declaration = templateDeclaration(String(req.params.id));
  if (!declaration) throw notFound('没有这个通知模板。请从模板列表进入。');
  return declaration;
}
