import type { PresentedNode } from '../../modules/forms/index.ts';

/** The filled fields of a drawn form as label and value, in the order of the form; `wanted` leaves fields out by name. */
export function answersIn(
  nodes: readonly PresentedNode[],
  wanted: (name: string) => boolean = () => true,
): { name: string; label: string; value: string; masked: boolean }[] {
  return nodes.flatMap((node) => {
    if (node.kind === 'group') return answersIn(node.nodes, wanted);
    if (node.kind !== 'field' || node.hidden || !wanted(node.name)) return [];
    const chosen = node.options.filter((option) => option.chosen).map((option) => option.label);
    const value =
      node.type === 'checkbox' ? (node.checked ? '是' : '否') : chosen.length > 0 ? chosen.join('、') : node.value;
    return value === '' ? [] : [{ name: node.name, label: node.label, value, masked: node.masked === true }];
  });
}
