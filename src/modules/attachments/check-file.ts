import { open } from 'node:fs/promises';
import { fileTypeFromBuffer } from 'file-type';

/** Largest file, in bytes (20 MB). */
export const LARGEST_FILE = 20 * 1024 * 1024;
/** Files of one form. */
export const MOST_FILES = 20;

/** What may be sent: the ending of the name, and the kinds its bytes may turn out to be. An OFD file is a ZIP with `OFD.xml` in it. */
const KINDS: Record<string, { mediaType: string; found: readonly string[] }> = {
  pdf: { mediaType: 'application/pdf', found: ['pdf'] },
  ofd: { mediaType: 'application/ofd', found: ['zip'] },
  jpg: { mediaType: 'image/jpeg', found: ['jpg'] },
  jpeg: { mediaType: 'image/jpeg', found: ['jpg'] },
  png: { mediaType: 'image/png', found: ['png', 'apng'] },
  docx: {
    mediaType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    found: ['docx', 'zip'],
  },
  xlsx: { mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', found: ['xlsx', 'zip'] },
  zip: { mediaType: 'application/zip', found: ['zip', 'docx', 'xlsx'] },
};
/** For `accept` of the file field. */
export const ACCEPTED = Object.keys(KINDS).map((ending) => `.${ending}`);

/** How much of a file is looked at, at its beginning and its end. */
const PART = 64 * 1024;
const RULE = '只收 PDF、OFD、JPG、PNG、DOCX、XLSX、ZIP，每个不超过 20 MB';

export type Checked = { ok: true; name: string; mediaType: string } | { ok: false; message: string };

/** The name as shown and stored: the last part of a path, without control characters, at most 120 characters. */
export function cleanName(name: string): string {
  const base = name.normalize('NFC').split(/[\\/]/).pop() ?? '';
  // Marks that turn the reading direction can make "exe" look like "pdf".
  const visible = base.replace(/[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, '').trim();
  const letters = [...visible];
  if (letters.length <= 120) return visible || '未命名';
  const ending = /\.[a-z0-9]{1,5}$/i.exec(visible)?.[0] ?? '';
  return `${letters.slice(0, 119 - ending.length).join('')}…${ending}`;
}

/**
 * Looks at name and bytes of a file that lies on disk. The name is only a claim: what the bytes say must agree with it,
 * so a program renamed to `.pdf` is refused.
 */
export async function checkFile(path: string, givenName: string, size: number): Promise<Checked> {
  const name = cleanName(givenName);
  const refuse = (why: string): Checked => ({ ok: false, message: `“${name}”不能上传：${why}` });
  const kind = KINDS[/\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''];
  if (!kind) return refuse(`${RULE}。`);
  if (size === 0) return refuse('文件是空的，请核对后重新选择。');
  if (size > LARGEST_FILE)
    return refuse(`有 ${Math.ceil(size / 1024 / 1024)} MB，每个不能超过 20 MB。请压缩或拆分后再传。`);
  const found = await fileTypeFromBuffer(await readPart(path, 0));
  // The list of a ZIP's entries stands at its end.
  const isOfd =
    kind.mediaType !== 'application/ofd' || (await readPart(path, Math.max(0, size - PART))).includes('OFD.xml');
  if (!found || !kind.found.includes(found.ext) || !isOfd)
    return refuse(`内容与名称不符，不是真正的 ${name.split('.').pop()!.toUpperCase()} 文件。${RULE}。`);
  return { ok: true, name, mediaType: kind.mediaType };
}

async function readPart(path: string, from: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(PART), 0, PART, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
