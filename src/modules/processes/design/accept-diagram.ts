import { invalid } from '../../../kernel/errors.ts';
import { parseDefinitions } from '../read-diagram.ts';
import { illFormed, passedOver } from '../xml-trouble.ts';
import { isProcessId } from './new-process.ts';

/** The largest file of a process; the longest of the house has a tenth of it. */
export const LARGEST_DIAGRAM = 900_000;

export interface AcceptedDiagram {
  processId: string;
  name: string;
  /** As it came, byte for byte; with a layout where it had none. */
  xml: string;
  /** It came without a picture and was given one. */
  laidOut: boolean;
}

const refuse = (message: string, reason = 'not-our-bpmn') =>
  invalid(message, [{ pointer: '/xml', message }], { reason });

/**
 * Takes a BPMN file from outside. Refused, with line or reason, is what is no BPMN file, holds no process or several, refers to what is
 * not in it, or has an id that cannot be an address here. Says nothing yet about whether it runs: that is the linter's question.
 */
export async function acceptDiagram(xml: string, expected?: string): Promise<AcceptedDiagram> {
  if (xml.trim() === '') throw refuse('没有内容。请选择一个 .bpmn 文件，或粘贴它的 XML。', 'empty-file');
  if (xml.length > LARGEST_DIAGRAM)
    throw refuse('文件太大（超过 900 KB）。请把流程拆成几个，用调用活动连起来。', 'too-large');
  if (/<!(DOCTYPE(?! html)|ENTITY)/i.test(xml))
    throw refuse('文件里有 DOCTYPE 声明，不能接受。请用 BPMN 设计器重新导出后再试。');
  const { rootElement, warnings } = await parsed(xml);
  const wrong = illFormed(xml);
  if (wrong) throw refuse(`不是有效的 BPMN 文件：${wrong}。`);
  const illegal = warnings.map((warning) => /illegal ID <([^>]*)>/i.exec(warning)?.[1]).find(Boolean);
  if (illegal)
    throw refuse(`编号“${illegal}”不能用：编号只能用英文字母、数字、连字符和下划线，以字母开头。请改正后重新导出。`);
  const processes = (rootElement.rootElements ?? []).filter((root: any) => root.$type === 'bpmn:Process');
  if (processes.length !== 1)
    throw refuse(
      processes.length === 0
        ? '文件里没有流程（bpmn:process）。请导出流程图，不要导出决策表或表单。'
        : `文件里有 ${processes.length} 个流程。一个文件只放一个流程：请分开导出，用调用活动连起来。`,
    );
  const [process] = processes;
  const broken = warnings.find((warning) => /unresolved reference|unparsable|duplicate id/i.test(warning));
  if (broken) throw refuse(`文件前后对不上：${passedOver(broken)}。请在设计器里改正后重新导出。`);
  if (expected !== undefined && process.id !== expected)
    throw refuse(
      `文件里的流程编号是“${process.id}”，这份草稿是“${expected}”。编号不能改：请把文件里的编号改成“${expected}”，或用“导入 BPMN”另建一个流程。`,
    );
  if (!isProcessId(process.id))
    throw refuse(
      `流程编号“${process.id}”不能用：只能用小写英文字母、数字和连字符，以字母开头，3 到 60 个字。请改正后重新导出。`,
    );
  const drawn = (rootElement.diagrams ?? []).some((diagram: any) => (diagram.plane?.planeElement ?? []).length > 0);
  return {
    processId: process.id,
    name: process.name ?? process.id,
    xml: drawn ? xml : await laidOut(xml),
    laidOut: !drawn,
  };
}

async function parsed(xml: string): Promise<{ rootElement: any; warnings: string[] }> {
  try {
    return await parseDefinitions(xml);
  } catch (error) {
    // The sentence with its line belongs to the field where the file was chosen.
    const { message, reason } = error as { message: string; reason?: string };
    throw refuse(message, reason ?? 'not-bpmn');
  }
}

async function laidOut(xml: string): Promise<string> {
  const { layoutProcess } = (await import('bpmn-auto-layout' as string)) as {
    layoutProcess(xml: string): Promise<string>;
  };
  try {
    return await layoutProcess(xml);
  } catch {
    throw refuse('文件里没有图形，也没能自动排版。请在设计器里打开、保存一次，再导入。', 'no-layout');
  }
}
