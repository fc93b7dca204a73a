import { isDomainError, notFound } from '../../../kernel/errors.ts';
import {
  acceptDiagram,
  elementTable,
  elementTemplates,
  processXml,
  readDiagram,
  renderSvg,
} from '../../../modules/processes/index.ts';
import { wantsJson } from '../../error-handler.ts';
import { format } from '../../format.ts';
import type { House } from '../../house.ts';
import { uploadedText } from '../../middleware/uploads.ts';
import { problemViews } from '../../plain-form.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { vendorUrl } from '../../vendor.ts';
import { verdictOf } from './check.ts';
import { DESIGN, draftAsked, draftsInWords } from './draft-words.ts';
import { keepOr409 } from './keep.ts';

/** P22: the canvas, what it asks of the server, and the file itself. */
export function editorPages(house: House): Route[] {
  return [
    { method: 'get', path: '/processes/:id/edit', ...DESIGN, handle: (ask) => edit(house, ask) },
    {
      method: 'get',
      path: '/processes/:id/templates.json',
      ...DESIGN,
      async handle({ res }) {
        const words = await house.designWords();
        res.json({ templates: elementTemplates(words), words });
      },
    },
    { method: 'post', path: '/processes/:id/check', ...DESIGN, handle: (ask) => check(house, ask) },
    { method: 'get', path: '/processes/:id/xml', ...DESIGN, handle: (ask) => showXml(house, ask) },
    { method: 'post', path: '/processes/:id/xml', ...DESIGN, handle: (ask) => sendXml(house, ask) },
  ];
}

/** Draft, its words and where it stands; who comes while somebody else is at it is led to look, or to take over. */
export async function openDraft(house: House, { req, res, actor }: Ask) {
  const draft = await draftAsked(house, req);
  const words = (await draftsInWords(house, actor.login)).find((item) => item.id === draft.id)!;
  if (words.another) {
    res.redirect(303, `/processes/${draft.id}/draft`);
    return undefined;
  }
  return { draft, words };
}

async function edit(house: House, ask: Ask): Promise<void> {
  const opened = await openDraft(house, ask);
  if (!opened) return;
  const { draft, words } = opened;
  const diagram = await readDiagram(draft.content);
  // The vendor's canvas sets a few style attributes in its HTML; scripts and style sheets stay as strict as everywhere.
  const policy = String(ask.res.getHeader('Content-Security-Policy'));
  ask.res.set(
    'Content-Security-Policy',
    policy.replace("style-src 'self'", "style-src 'self';style-src-attr 'unsafe-inline'"),
  );
  ask.res.render('design/edit', {
    title: `${words.name}（草稿）`,
    draft: words,
    xml: draft.content,
    view: 'edit',
    svg: renderSvg(diagram, new Map()),
    steps: elementTable(diagram).length,
    stylesheet: 'designer.css',
    styles: [
      vendorUrl('bpmn-js', 'assets/diagram-js.css'),
      vendorUrl('bpmn-js', 'assets/bpmn-js.css'),
      vendorUrl('bpmn-js', 'assets/bpmn-font/css/bpmn.css'),
      vendorUrl('bpmn-js', 'assets/properties-panel.css'),
      vendorUrl('bpmn-js', 'assets/element-templates.css'),
      vendorUrl('bpmn-js', 'assets/element-template-chooser.css'),
      vendorUrl('bpmn-js', 'assets/popup-menu.css'),
    ],
    vendor: {
      modeler: vendorUrl('bpmn-js', 'camunda-cloud-modeler.production.min.js'),
      words: vendorUrl('bpmn-js-i18n', 'zn.js'),
    },
  });
}

/** The same verdict for the canvas and for people without JavaScript; of what is sent, or else of the draft, or else of what is in force. */
async function check(house: House, { req, res, actor }: Ask): Promise<void> {
  const id = String(req.params.id);
  const sent = textOf(req.body.xml);
  const words = (await draftsInWords(house, actor.login)).find((item) => item.id === id);
  const xml = sent ?? (words ? (await draftAsked(house, req)).content : await processXml(house.sql, id));
  const verdict = await verdictOf(house, id, xml);
  if (wantsJson(req)) return void res.json({ ...verdict, checkedAt: format.clock(house.clock.now()) });
  res.render('design/check', {
    title: `检查：${words?.name ?? id}`,
    id,
    draft: words ?? null,
    verdict,
    at: format.time(house.clock.now()),
  });
}

async function showXml(house: House, ask: Ask): Promise<void> {
  const opened = await openDraft(house, ask);
  if (!opened) return;
  drawXml(ask.res, opened.words, opened.draft.content, []);
}

function drawXml(
  res: Ask['res'],
  draft: { id: string; name: string; revision: number },
  xml: string,
  problems: ReturnType<typeof problemViews>,
): void {
  res.status(problems.length > 0 ? 422 : 200).render('design/xml', {
    title: `${draft.name}（草稿）：XML`,
    draft,
    view: 'xml',
    stylesheet: 'designer.css',
    xml,
    problems,
  });
}

async function sendXml(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  let xml = String(req.body.xml ?? '').replaceAll('\r\n', '\n');
  let name = '';
  const words = (await draftsInWords(house, actor.login)).find((item) => item.id === String(req.params.id));
  if (!words) throw notFound('没有这份草稿。请从流程目录进入。');
  try {
    const file = await uploadedText(req, 'file');
    xml = file?.text.replaceAll('\r\n', '\n') ?? xml;
    name = file?.name ?? '';
    await acceptDiagram(xml, words.id);
    if (!(await keepOr409(house, ask, xml, '/xml'))) return;
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    const message = name ? `${name}：${error.message}` : error.message;
    return drawXml(
      res,
      { ...words, revision: Number(req.body.revision) || words.revision },
      xml.slice(0, 900_000),
      problemViews([{ pointer: '/xml', message }]),
    );
  }
  res.redirect(303, `/processes/${words.id}/xml?ok=draft-kept`);
}
