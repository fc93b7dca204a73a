import { invalid } from '../../../kernel/errors.ts';

/** What somebody chose by mistake is known by how it begins. */
const KINDS: readonly [number[], string][] = [
  [[0x50, 0x4b, 0x03, 0x04], '这是压缩包（zip 或 Office 文件）。请解压，选里面的文件'],
  [[0x1f, 0x8b], '这是压缩包（gz）。请解压，选里面的文件'],
  [[0x52, 0x61, 0x72, 0x21], '这是压缩包（rar）。请解压，选里面的文件'],
  [[0x37, 0x7a, 0xbc, 0xaf], '这是压缩包（7z）。请解压，选里面的文件'],
  [[0x25, 0x50, 0x44, 0x46], '这是 PDF。请从设计器导出 .bpmn、.form 或 .json 文件'],
  [[0xd0, 0xcf, 0x11, 0xe0], '这是旧版 Office 文件。请从设计器导出 .bpmn、.form 或 .json 文件'],
  [[0x89, 0x50, 0x4e, 0x47], '这是图片。请从设计器导出 .bpmn 文件，不要导出图片'],
  [[0xff, 0xd8, 0xff], '这是图片。请从设计器导出 .bpmn 文件，不要导出图片'],
  [[0xff, 0xfe], '编码是 UTF-16。请在编辑器里另存为 UTF-8'],
  [[0xfe, 0xff], '编码是 UTF-16。请在编辑器里另存为 UTF-8'],
];
const MARK = [0xef, 0xbb, 0xbf];

/**
 * The text of a diagram, a form or a rule file from its bytes: UTF-8, a byte order mark in front passed over. Anything else is refused
 * with what it is: read as UTF-8 it would come in with its Chinese names in pieces, and nobody would notice before it is printed.
 */
export function designText(bytes: Uint8Array, name: string): string {
  const begins = (with_: readonly number[]) => with_.every((byte, index) => bytes[index] === byte);
  const refuse = (why: string) => {
    const message = `${name} 读不出来：${why}。`;
    return invalid(message, [{ pointer: '/xml', message }], { reason: 'not-text' });
  };
  const kind = KINDS.find(([start]) => begins(start));
  if (kind) throw refuse(kind[1]);
  const body = begins(MARK) ? bytes.subarray(MARK.length) : bytes;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    const line = `第 ${firstUnreadable(body)} 行起`;
    const chinese = readsAs('gb18030', body);
    throw refuse(
      chinese
        ? `${line}不是 UTF-8，像是 GBK（GB18030）编码。请在编辑器里另存为 UTF-8，或用设计器重新导出`
        : `${line}不是文字。请选择 .bpmn、.form 或 .json 文件`,
    );
  }
}

function readsAs(encoding: string, bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false;
  try {
    new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const LINE_END = 0x0a;

function firstUnreadable(bytes: Uint8Array): number {
  for (let line = 1, from = 0; ; line += 1) {
    const end = bytes.indexOf(LINE_END, from);
    const part = bytes.subarray(from, end < 0 ? bytes.length : end);
    if (end < 0 || !readsAs('utf-8', part)) return line;
    from = end + 1;
  }
}
