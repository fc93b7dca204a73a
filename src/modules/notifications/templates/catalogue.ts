/** Something a template may say. Only what is declared here can be written into a text, so that no text says more of a person than was decided. */
export interface Placeholder {
  /** What an administrator writes: `{{查询码}}`. */
  title: string;
  example: string;
  /** The text is useless without it. */
  required?: boolean;
  /** Looked up when the message leaves and never kept with it. */
  secret?: boolean;
}

export type Audience = 'STAFF' | 'TAXPAYER';

export interface TemplateDeclaration {
  id: string;
  title: string;
  audience: Audience;
  /** When it is sent, in a sentence. */
  when: string;
  /** Mail has a subject; a short message has none. */
  hasSubject: boolean;
  placeholders: Readonly<Record<string, Placeholder>>;
  /** Version 1: the text the program comes with. */
  subject: string;
  body: string;
}

const trackingCode: Placeholder = { title: '查询码', example: 'K7MX-9P4R-2WHD', secret: true };
const bureau: Placeholder = { title: '受理单位', example: '裕安区税务局' };
const progressUrl: Placeholder = { title: '查询网址', example: 'https://example.gov.cn/public/progress' };

/** Every text the program sends by itself. Taxpayers' texts name neither the person nor the matter (回访与短信评价、个人信息保护). */
export const TEMPLATES: readonly TemplateDeclaration[] = [
  {
    id: 'demand-registered',
    title: '登记告知',
    audience: 'TAXPAYER',
    when: '受理登记后，短信告知查询码',
    hasSubject: false,
    placeholders: { trackingCode: { ...trackingCode, required: true }, bureau, progressUrl },
    subject: '',
    body: '【{{受理单位}}】您反映的事项已登记，查询码 {{查询码}}。凭查询码和电话后四位可在 {{查询网址}} 查询进度，咨询请拨 12366。',
  },
  {
    id: 'extension-granted',
    title: '延期告知',
    audience: 'TAXPAYER',
    when: '延期批准后，短信告知新期限和原因',
    hasSubject: false,
    placeholders: {
      newDueDate: { title: '新期限', example: '2026年12月2日', required: true },
      reason: { title: '延期原因', example: '等待外部单位回复', required: true },
      trackingCode,
      bureau,
      progressUrl,
    },
    subject: '',
    body: '【{{受理单位}}】您反映的事项因{{延期原因}}，办理期限延长到 {{新期限}}。进度可凭查询码 {{查询码}} 在 {{查询网址}} 查询，咨询请拨 12366。',
  },
  {
    id: 'feedback-given',
    title: '答复告知',
    audience: 'TAXPAYER',
    when: '主办部门登记反馈后，短信提示已经答复',
    hasSubject: false,
    placeholders: { method: { title: '答复方式', example: '电话' }, trackingCode, bureau, progressUrl },
    subject: '',
    body: '【{{受理单位}}】您反映的事项已办理并以{{答复方式}}答复。没有收到答复的，请拨 12366 说明。进度可凭查询码 {{查询码}} 在 {{查询网址}} 查询。',
  },
  {
    id: 'visit-link',
    title: '短信评价',
    audience: 'TAXPAYER',
    when: '反馈后，短信发出一次性的评价链接',
    hasSubject: false,
    placeholders: {
      visitLink: { title: '评价链接', example: 'https://example.gov.cn/r/2bW9…', required: true, secret: true },
      days: { title: '有效天数', example: '7', required: true },
      bureau,
    },
    subject: '',
    body: '【{{受理单位}}】请评价我们的答复：{{评价链接}} ，{{有效天数}} 日内有效，可以修改一次。不评价不影响您的办理结果。咨询请拨 12366。',
  },
  {
    id: 'staff-message',
    title: '工作人员消息',
    audience: 'STAFF',
    when: '站内消息同时发到本人选择的邮件、短信、即时消息',
    hasSubject: true,
    placeholders: {
      title: { title: '标题', example: '新任务：LASQ-341503-20261123-0007 办理', required: true },
      body: { title: '正文', example: '请在期限内办理。' },
      link: { title: '链接', example: 'https://example.gov.cn/tasks/1' },
    },
    subject: '{{标题}}',
    body: '{{标题}}\n{{正文}}\n{{链接}}',
  },
  {
    id: 'staff-digest',
    title: '日报',
    audience: 'STAFF',
    when: '选择了日报的人，每个工作日上班时收到前一日的消息清单',
    hasSubject: true,
    placeholders: {
      day: { title: '日期', example: '2026年11月24日' },
      count: { title: '条数', example: '3', required: true },
      lines: { title: '清单', example: '1. 新任务：……', required: true },
      link: { title: '链接', example: 'https://example.gov.cn/inbox' },
    },
    subject: '速应日报 {{日期}}：{{条数}} 条消息',
    body: '到 {{日期}} 上班时，你有 {{条数}} 条消息：\n{{清单}}\n{{链接}}',
  },
];

export const templateDeclaration = (id: string): TemplateDeclaration | undefined =>
  TEMPLATES.find((template) => template.id === id);
