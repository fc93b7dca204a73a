import { createRequire } from 'node:module';
import type { Block, PaperStyle } from '../../modules/papers/index.ts';

/** What a printed paper is drawn from: its blocks and what stands at the foot of every page. */
export interface DrawnPaper {
  title: string;
  style: PaperStyle;
  blocks: readonly Block[];
  /** `编号 … 打印人 … 时间 … 核验码 …`. */
  foot: string;
  /** Across the page, where names stand in full. */
  watermark: string | null;
}

const require = createRequire(import.meta.url);
const MM = 72 / 25.4;
const RED = '#C00000';
const INK_2 = '#475467';

/** GB/T 9704: 天头 37 mm, 订口 28 mm, 版心 156×225 mm; 22 lines of 28 characters, so 29 pt a line. */
const PAGES = {
  LETTER: { pageSize: 'A4', pageMargins: [28, 37, 26, 35].map((mm) => mm * MM) },
  TABLE: { pageSize: 'A4', pageMargins: [20, 20, 20, 22].map((mm) => mm * MM) },
  RECEIPT: { pageSize: 'A5', pageOrientation: 'landscape', pageMargins: [14, 12, 14, 16].map((mm) => mm * MM) },
} as const;
/** 28 characters of 16 pt are 2 pt a line wider than 156 mm: they stand a fifth of a point closer. */
const TEXT = {
  LETTER: { fontSize: 16, lineHeight: 1.261, characterSpacing: -0.2 },
  TABLE: { fontSize: 10.5, lineHeight: 1.1 },
  RECEIPT: { fontSize: 12, lineHeight: 1.1 },
} as const;

type Content = Record<string, unknown>;

/** A PDF with the used characters of the font in it, made here: no browser, nothing fetched. */
export async function renderPdf(paper: DrawnPaper): Promise<Buffer> {
  const { make, covers } = await printer();
  const missing = { any: false };
  /** A character the font lacks stands as 〓, as in print, and the paper says so. */
  const safe = (text: string): string =>
    [...text]
      .map((character) => {
        if (covers(character.codePointAt(0)!)) return character;
        missing.any = true;
        return '〓';
      })
      .join('');
  const letter = paper.style === 'LETTER';
  const content = paper.blocks.map((block) => contentOf(block, letter, safe));
  if (missing.any)
    content.push({
      text: '〓 处为字库没有的字，请手写补全。',
      fontSize: 9,
      lineHeight: 1,
      color: INK_2,
      margin: [0, 6, 0, 0],
    });
  const foot = safe(paper.foot);
  const margins = PAGES[paper.style].pageMargins;
  return make({
    ...PAGES[paper.style],
    info: { title: paper.title },
    language: 'zh-CN',
    defaultStyle: { font: 'Song', ...TEXT[paper.style] },
    content,
    ...(paper.watermark
      ? {
          watermark: {
            text: safe(paper.watermark),
            font: 'Song',
            color: '#000000',
            opacity: 0.08,
            fontSize: 30,
            angle: -35,
          },
        }
      : {}),
    footer: (page: number, pages: number) => ({
      margin: [margins[0], letter ? 40 : 14, margins[2], 0],
      lineHeight: 1,
      characterSpacing: 0,
      fontSize: 8,
      color: INK_2,
      columns: [
        { text: foot, width: '*' },
        { text: `第 ${page}/${pages} 页`, width: 'auto', alignment: 'right' },
      ],
    }),
  });
}

function contentOf(block: Block, letter: boolean, safe: (text: string) => string): Content {
  switch (block.type) {
    case 'red-head':
      return {
        stack: [
          {
            text: safe(block.text),
            bold: true,
            fontSize: 26,
            color: RED,
            alignment: 'center',
            lineHeight: 1.2,
            characterSpacing: 0,
          },
          { canvas: [{ type: 'line', x1: 0, y1: 4, x2: 156 * MM, y2: 4, lineWidth: 1.5, lineColor: RED }] },
        ],
        margin: [0, 0, 0, 10],
      };
    case 'title':
      return {
        text: safe(block.text),
        bold: true,
        fontSize: letter ? 22 : 18,
        alignment: 'center',
        lineHeight: 1.3,
        margin: [0, 0, 0, 8],
      };
    case 'number':
      return block.right === undefined
        ? { text: safe(block.text), alignment: 'center', margin: [0, 0, 0, 10] }
        : {
            columns: [{ text: safe(block.text) }, { text: safe(block.right), alignment: 'right' }],
            margin: [0, 0, 0, 6],
          };
    case 'addressee':
      return { text: safe(block.text) };
    case 'heading':
      return { text: safe(block.text), bold: true, leadingIndent: letter ? 31.6 : 0 };
    case 'paragraph':
      return { text: safe(block.text), leadingIndent: letter ? 31.6 : 0 };
    case 'facts':
      return factsOf(block.rows, letter, safe);
    case 'table':
      return {
        stack: [
          { text: safe(block.title), bold: true, margin: [0, 6, 0, 3] },
          {
            table: {
              headerRows: 1,
              dontBreakRows: true,
              widths: (block.widths ?? block.head.map(() => 100 / block.head.length)).map((width) => `${width}%`),
              body: [
                block.head.map((text) => ({ text: safe(text), bold: true, fillColor: '#F0F0F0' })),
                ...(block.rows.length > 0
                  ? block.rows.map((row) => row.map((text) => safe(text)))
                  : [[{ text: '还没有', colSpan: block.head.length }, ...block.head.slice(1).map(() => '')]]),
              ],
            },
            layout: RULES,
          },
        ],
      };
    case 'opinion':
      return {
        unbreakable: true,
        table: {
          widths: ['18%', '*'],
          body: [
            [
              { text: safe(block.label), bold: true },
              {
                stack: [
                  { text: safe(block.text ?? '　'), margin: [0, 0, 0, 14] },
                  {
                    text: `签名 ${safe(block.signed ?? '＿＿＿＿＿＿＿＿')}　　日期 ＿＿＿＿年＿＿月＿＿日`,
                    alignment: 'right',
                  },
                ],
              },
            ],
          ],
        },
        layout: RULES,
        margin: [0, -0.75, 0, 0],
      };
    case 'signature':
      // The date ends four characters before the margin; the seal covers unit and date.
      return {
        unbreakable: true,
        stack: [
          { text: safe(block.unit), alignment: 'right', margin: [0, 29, 32, 0] },
          { text: safe(block.date), alignment: 'right', margin: [0, 0, 64, 0] },
          { text: '（印章）', alignment: 'right', fontSize: 9, lineHeight: 1, color: INK_2, margin: [0, 2, 96, 0] },
        ],
      };
    case 'copies':
      return { text: safe(block.text), fontSize: 14, margin: [0, 10, 0, 0] };
    case 'cut':
      return {
        unbreakable: true,
        stack: [
          {
            canvas: [{ type: 'line', x1: 0, y1: 0, x2: 156 * MM, y2: 0, lineWidth: 0.75, dash: { length: 4 } }],
            margin: [0, 14, 0, 6],
          },
          { text: safe(block.title), bold: true, alignment: 'center', lineHeight: 1.1 },
        ],
      };
    case 'small':
      return {
        text: safe(block.text),
        fontSize: letter ? 12 : 9,
        lineHeight: 1.2,
        characterSpacing: 0,
        margin: [0, 8, 0, 0],
      };
  }
}

const RULES = { hLineWidth: () => 0.75, vLineWidth: () => 0.75, paddingTop: () => 3, paddingBottom: () => 3 };

/** Label and value, one or two pairs a row, in one grid of four columns. */
function factsOf(rows: readonly string[][], letter: boolean, safe: (text: string) => string): Content {
  const wide = rows.some((row) => row.length > 2);
  const label = (text: string) => ({ text: safe(text), bold: true });
  const body = rows.map((row) =>
    wide && row.length === 2
      ? [label(row[0]!), { text: safe(row[1]!), colSpan: 3 }, '', '']
      : row.map((text, index) => (index % 2 === 0 ? label(text) : { text: safe(text) })),
  );
  return {
    table: { dontBreakRows: true, widths: wide ? ['16%', '34%', '16%', '34%'] : ['18%', '*'], body },
    layout: RULES,
    margin: [0, -0.75, 0, 0],
    ...(letter ? { fontSize: 12, lineHeight: 1.1, characterSpacing: 0 } : {}),
  };
}

interface Printer {
  make(definition: Content): Promise<Buffer>;
  covers(codePoint: number): boolean;
}
let known: Promise<Printer> | undefined;
/** Library and font are read when the first paper is made, not at the start of the program. */
const printer = (): Promise<Printer> => {
  known ??= open();
  return known;
};

async function open(): Promise<Printer> {
  const { default: pdfMake } = await import('pdfmake');
  const { openSync } = await import('fontkit');
  const face = (name: string) => require.resolve(`@expo-google-fonts/noto-serif-sc/${name}/NotoSerifSC_${name}.ttf`);
  const fonts = { normal: face('400Regular'), bold: face('700Bold') };
  const files = new Set(Object.values(fonts));
  pdfMake.addFonts({ Song: { ...fonts, italics: fonts.normal, bolditalics: fonts.bold } });
  pdfMake.setUrlAccessPolicy(() => false);
  pdfMake.setLocalAccessPolicy((path) => files.has(path));
  const font = openSync(fonts.normal);
  return {
    make: (definition) => pdfMake.createPdf(definition).getBuffer(),
    covers: (codePoint) => codePoint < 32 || font.hasGlyphForCodePoint(codePoint),
  };
}
