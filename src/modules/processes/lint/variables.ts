import { parseExpression } from 'feelin';

/** Names an expression reads from the process, members and local names left out: `=routing.path = "JOINT"` reads `routing`. */
export function variablesRead(expression: string): string[] {
  if (!expression.startsWith('=')) return [];
  const text = expression.slice(1);
  const read = new Set<string>();
  const own = new Set<string>();
  const functions = new Set<number>();
  try {
    parseExpression(text, {}, 'expression').iterate({
      enter(node) {
        const word = text.slice(node.from, node.to);
        if (node.name === 'FunctionInvocation') functions.add(node.from);
        else if (node.name === 'Name' || node.name === 'ParameterName') own.add(word);
        else if (node.name === 'VariableName' && !functions.has(node.from)) read.add(word);
      },
    });
  } catch {
    // A wrong expression is a finding of the engine's own check.
    return [];
  }
  return [...read].filter((name) => !own.has(name) && !['item', 'partial', 'loopCounter'].includes(name));
}

/** Everything a process writes into its variables, as its diagram says: results of rules and tasks, outputs, elements of loops. */
export function variablesWritten(
  process: any,
  known: {
    jobResults: Readonly<Record<string, readonly string[]>>;
    messageVariables: Readonly<Record<string, readonly string[]>>;
  },
): Set<string> {
  const written = new Set<string>();
  const add = (names: readonly (string | undefined)[]) => {
    for (const name of names) if (name) written.add(name.split('.')[0]!);
  };
  const visit = (scope: any): void => {
    for (const node of scope.flowElements ?? []) {
      for (const value of node.extensionElements?.values ?? []) {
        if (value.$type === 'zeebe:IoMapping')
          add([...(value.outputParameters ?? []), ...(value.inputParameters ?? [])].map((item: any) => item.target));
        if (value.$type === 'zeebe:TaskDefinition') add(known.jobResults[value.type] ?? []);
        if (value.$type === 'zeebe:FormDefinition')
          add(known.jobResults[`form:${value.formKey ?? value.formId}`] ?? []);
        if (value.$type === 'zeebe:Script') add([value.resultVariable]);
        if (value.$type === 'zeebe:TaskHeaders')
          for (const header of value.values ?? []) {
            if (header.key === 'resultVariable') add([header.value]);
            if (header.key === 'results')
              add(
                String(header.value)
                  .split(',')
                  .map((name) => name.trim()),
              );
          }
      }
      for (const definition of node.eventDefinitions ?? [])
        if (definition.messageRef) add(known.messageVariables[definition.messageRef.name] ?? []);
      for (const value of node.loopCharacteristics?.extensionElements?.values ?? [])
        add([value.inputElement, value.outputCollection]);
      visit(node);
    }
  };
  visit(process);
  return written;
}
