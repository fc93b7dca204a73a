import type { Sql } from '../../../db/sql.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { type Deviation, deviationsOf, knownNumbers } from './check-numbers.ts';
import type { Paragraph } from './sentences.ts';
import type { Section } from './write-text.ts';

export const BULLETIN_KINDS = { WEEKLY: '周报', MONTHLY: '月报', QUARTERLY: '季报', YEARLY: '年报' } as const;
export type BulletinKind = keyof typeof BULLETIN_KINDS;
export const BULLETIN_STATUSES = {
  DRAFT: '草稿',
  IN_REVIEW: '送审中',
  SIGNED: '已签发',
  PUBLISHED: '已发布',
  ARCHIVED: '已归档',
} as const;
export type BulletinStatus = keyof typeof BULLETIN_STATUSES;

/** What somebody wrote in place of a generated paragraph, and why a number in it is another one. */
export interface Edit {
  text: string;
  reason?: string;
}

export interface Bulletin {
  id: string;
  orgCode: string;
  kind: BulletinKind;
  periodKey: string;
  periodTitle: string;
  title: string;
  documentNumber: string | null;
  version: number;
  corrects: string | null;
  correctionReason: string | null;
  status: BulletinStatus;
  snapshotId: string;
  edits: Record<string, Edit>;
  copiesTo: string | null;
  author: string;
  authorName: string;
  createdAt: Date;
  submittedAt: Date | null;
  opinion: string | null;
  signer: string | null;
  signerName: string | null;
  signedAt: Date | null;
  publishedTo: string[];
  publishedAt: Date | null;
  publishedByName: string | null;
  archivedAt: Date | null;
  textHash: string | null;
  /** The bulletin that corrects this one. */
  correctedBy: string | null;
  revision: number;
}

const COLUMNS = `b.*, (select c.id from bulletin c where c.corrects = b.id and c.status in ('PUBLISHED', 'ARCHIVED')) as corrected_by`;

/** A bureau sees its own bulletins in every state, and those published to it. */
export const maySeeBulletin = (actor: Pick<Actor, 'orgCode' | 'bureauLevel'>, bulletin: Bulletin): boolean =>
  bulletin.orgCode === actor.orgCode ||
  (['PUBLISHED', 'ARCHIVED'].includes(bulletin.status) &&
    (actor.bureauLevel === 'CITY' || bulletin.publishedTo.includes(actor.orgCode)));

export async function listBulletins(sql: Sql, actor: Pick<Actor, 'orgCode' | 'bureauLevel'>): Promise<Bulletin[]> {
  const rows = await sql.query(
    `select ${COLUMNS} from bulletin b where b.org_code = $1
       or b.status in ('PUBLISHED', 'ARCHIVED') and ($2 or b.published_to @> array[$1::text])
     order by b.to_date desc, b.created_at desc, b.id limit 200`,
    [actor.orgCode, actor.bureauLevel === 'CITY'],
  );
  return rows.map(asBulletin);
}

export async function findBulletin(sql: Sql, id: string): Promise<Bulletin | undefined> {
  const [row] = await sql.query(`select ${COLUMNS} from bulletin b where b.id = $1`, [id]);
  return row && asBulletin(row);
}

const time = (value: unknown): Date | null => (value ? new Date(value as string) : null);

const asBulletin = (row: any): Bulletin => ({
  id: row.id,
  orgCode: row.org_code,
  kind: row.kind,
  periodKey: row.period_key,
  periodTitle: row.period_title,
  title: row.title,
  documentNumber: row.document_number,
  version: row.version,
  corrects: row.corrects,
  correctionReason: row.correction_reason,
  status: row.status,
  snapshotId: row.snapshot_id,
  edits: row.edits,
  copiesTo: row.copies_to,
  author: row.author,
  authorName: row.author_name,
  createdAt: new Date(row.created_at),
  submittedAt: time(row.submitted_at),
  opinion: row.opinion,
  signer: row.signer,
  signerName: row.signer_name,
  signedAt: time(row.signed_at),
  publishedTo: row.published_to,
  publishedAt: time(row.published_at),
  publishedByName: row.published_by_name,
  archivedAt: time(row.archived_at),
  textHash: row.text_hash,
  correctedBy: row.corrected_by,
  revision: row.revision,
});

export interface WrittenParagraph extends Paragraph {
  /** What is said in the end. */
  written: string;
  edited: boolean;
  reason: string;
  /** Numbers that are not those of the frozen data. */
  deviations: Deviation[];
}
export interface WrittenSection {
  id: string;
  title: string;
  paragraphs: WrittenParagraph[];
}

/** The text as somebody has left it, each paragraph held against the frozen numbers of its part. */
export const writtenText = (sections: readonly Section[], edits: Record<string, Edit>): WrittenSection[] =>
  sections.map((section) => {
    const known = knownNumbers(section.paragraphs);
    return {
      ...section,
      paragraphs: section.paragraphs.map((paragraph) => {
        const edit = edits[paragraph.id];
        return {
          ...paragraph,
          written: edit?.text ?? paragraph.text,
          edited: edit !== undefined && edit.text !== paragraph.text,
          reason: edit?.reason ?? '',
          deviations: edit ? deviationsOf(paragraph, edit.text, known) : [],
        };
      }),
    };
  });

/** “第二部分有 2 处与冻结数据不一致：税政股 按时 21→22。” for each part that has any without a reason. */
export function unexplained(sections: readonly WrittenSection[]): { paragraph: string; message: string }[] {
  return sections.flatMap((section, n) => {
    const open = section.paragraphs.filter((item) => item.deviations.length > 0 && item.reason.trim().length < 4);
    if (open.length === 0) return [];
    const all = open.flatMap((item) => item.deviations);
    const part = '一二三四五六七八九'[n];
    return [
      {
        paragraph: open[0]!.id,
        message: `第${part}部分有 ${all.length} 处与冻结数据不一致：${all.map(deviationInWords).join('；')}。请改回，或写明原因（至少 4 个字）。`,
      },
    ];
  });
}

export const deviationInWords = ({ label, was, is }: Deviation): string =>
  was === null ? `多出 ${is}` : `${label ? `${label} ` : ''}${was}→${is}`;
