import type { Response } from 'express';

/** A table that leaves the house as a file. */
export interface Sheet {
  title: string;
  head: readonly string[];
  rows: readonly (readonly (string | number | null)[])[];
}

/** A cell that begins like a formula is made text: spreadsheets would run it. */
const csvCell = (value: string | number | null): string => {
  const text = value === null ? '' : String(value);
  return `"${(typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
};

/** Sends tables as a CSV file (one table) or an Excel workbook (a sheet each). The line under each says where the numbers come from. */
export async function sendSheets(
  res: Response,
  name: string,
  kind: 'csv' | 'xlsx',
  sheets: readonly Sheet[],
  note: string,
): Promise<void> {
  res.setHeader('Content-Disposition', `attachment; filename*=UTF-8''${encodeURIComponent(`${name}.${kind}`)}`);
  res.setHeader('Cache-Control', 'no-store');
  if (kind === 'csv') {
    const lines = sheets.flatMap((sheet) => [sheet.head, ...sheet.rows, [note]]);
    res
      .type('text/csv; charset=utf-8')
      .send(`\ufeff${lines.map((line) => line.map(csvCell).join(',')).join('\r\n')}\r\n`);
    return;
  }
  // Large, and needed for this only: it is loaded when somebody asks.
  const { default: ExcelJS } = await import('exceljs');
  const workbook = new ExcelJS.Workbook();
  for (const sheet of sheets) {
    const page = workbook.addWorksheet(sheet.title, {
      views: [{ state: 'frozen', ySplit: 1, xSplit: 1 }],
      pageSetup: { orientation: 'landscape', paperSize: 9, fitToPage: true, fitToHeight: 0 },
    });
    page.addRow([...sheet.head]).font = { bold: true };
    for (const row of sheet.rows) page.addRow([...row]);
    page.addRow([note]);
    sheet.head.forEach((title, index) => {
      page.getColumn(index + 1).width = Math.max(10, [...title].length * 2 + 2, ...(index === 0 ? [22] : []));
    });
  }
  res
    .type('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
    .send(Buffer.from(await workbook.xlsx.writeBuffer()));
}
