/** What is wrong with the text of a BPMN file, before anything can be said about what it draws. */

export const BPMN_NAMESPACE = 'http://www.omg.org/spec/BPMN/20100524/MODEL';

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;
const shortened = (text: string): string => (text.length > 30 ? `${text.slice(0, 30)}…` : text).replace(/\s+/g, ' ');

/** Why a text cannot be read as BPMN at all: what it is instead, or the line where reading stopped and what to do. */
export function whyUnreadable(xml: string, message: string): string {
  const start = xml.replace(/^\uFEFF/, '').trimStart();
  if (start.startsWith('PK\u0003\u0004')) return '这是压缩包（zip），不是流程图。请解压，选里面的 .bpmn 文件';
  if (start.startsWith('%PDF')) return '这是 PDF，不是流程图。请从设计器导出 .bpmn 文件';
  if (/^[[{]/.test(start)) return '这是 JSON（可能是表单或规则文件），不是流程图。请到表单或规则的页面导入它';
  if (/^<(!doctype html|html)/i.test(start)) return '这是网页，不是流程图。请重新下载 .bpmn 文件（可能下载到了登录页）';
  if (!start.startsWith('<')) return '开头不是 XML（应当以“<?xml”或“<”开始）。请选择 .bpmn 文件';
  const root = /<(?:[\w-]+:)?([\w-]+)([^>]*)>/.exec(start.replace(/^<\?[^>]*\?>/, '').replace(/<!--[\s\S]*?-->/g, ''));
  if (root && /xmlns(:\w+)?="[^"]*\/DMN\//.test(root[2]!)) return '这是决策表（DMN），不是流程图。判断请写在规则集里';
  if (root && root[1] !== 'definitions')
    return `最外层是“${root[1]}”，不是流程图的“definitions”。请从设计器导出 .bpmn 文件`;
  if (/failed to parse document as/i.test(message))
    return `命名空间不对：最外层的“definitions”要属于 ${BPMN_NAMESPACE}。请用 BPMN 设计器重新导出`;
  const line = /line: (\d+)/.exec(message)?.[1];
  const place = line ? `第 ${Number(line) + 1} 行` : '文件';
  return `${place}${wrongInWords(message)}。请用 BPMN 设计器重新导出后再试`;
}

function wrongInWords(message: string): string {
  const nested = /nested error: (.*)/.exec(message)?.[1] ?? '';
  if (/missing closing|unclosed|expected closing|unexpected end/i.test(message)) return '缺少结束标签';
  if (/closing tag mismatch/i.test(message)) return '开始标签和结束标签对不上';
  if (/quote|attribute|separator/i.test(nested)) return '有属性没有写对（值要用引号括起来，两个属性之间要有空格）';
  const unread = /unparsable content (.*?) detected/.exec(message)?.[1];
  if (unread) return `“${shortened(unread)}”读不懂`;
  return '读不懂';
}

/** A part that the reader of BPMN passed over: in words, with its line. Silence would lose it. */
export function passedOver(warning: string): string {
  const reference = /unresolved reference <([^>]+)>/.exec(warning)?.[1];
  if (reference) return `引用了没有的“${reference}”`;
  const duplicate = /duplicate id <([^>]+)>/i.exec(warning)?.[1];
  if (duplicate) return `编号“${duplicate}”用了两次`;
  const line = /line: (\d+)/.exec(warning)?.[1];
  return `${line ? `第 ${Number(line) + 1} 行` : ''}${wrongInWords(warning)}`;
}

/**
 * Where a text is no well-formed XML though our own reader forgives it: Zeebe would not. Also an encoding that is said but not so.
 * Undefined when nothing is wrong.
 */
export function illFormed(xml: string): string | undefined {
  const encoding = /^\uFEFF?\s*<\?xml[^>]*encoding=["']([^"']+)["']/.exec(xml)?.[1];
  if (encoding && !/^utf-?8$/i.test(encoding))
    return `第 1 行写着编码是“${encoding}”。请把文件另存为 UTF-8，并把这里改成 encoding="UTF-8"`;
  // Comments and CDATA may hold anything; blanked out letter by letter, so that lines stay.
  const bare = xml.replace(/<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>/g, (part) => part.replace(/[^\n]/g, ' '));
  const ampersand = /&(?!(?:#\d+|#x[\da-f]+|amp|lt|gt|quot|apos);)/i.exec(bare);
  if (ampersand) return `第 ${lineAt(bare, ampersand.index)} 行有单独的“&”。XML 里要写成“&amp;”`;
  const less = /="[^"<]*<[^"]*"/.exec(bare);
  if (less) return `第 ${lineAt(bare, less.index)} 行的属性里有“<”。XML 里要写成“&lt;”`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
  const control = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.exec(bare);
  if (control) return `第 ${lineAt(bare, control.index)} 行有看不见的控制字符。请删去这一处，或重新导出`;
  if (bare.includes('\uFFFD'))
    return `第 ${lineAt(bare, bare.indexOf('\uFFFD'))} 行有乱码（“\uFFFD”）。文件可能不是 UTF-8 编码，请重新导出`;
  return undefined;
}

/** Settings of Camunda 7, which neither engine reads. */
export const camunda7Settings = (xml: string): string[] => {
  const prefix = /xmlns:([\w-]+)="http:\/\/camunda\.org\/schema\/1\.0\/bpmn"/.exec(xml)?.[1];
  if (!prefix) return [];
  return [...new Set([...xml.matchAll(new RegExp(`[\\s<](${prefix}:[\\w-]+)`, 'g'))].map((match) => match[1]!))];
};
