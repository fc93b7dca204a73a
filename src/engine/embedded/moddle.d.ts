declare module 'bpmn-moddle' {
  export class BpmnModdle {
    constructor(packages?: Record<string, unknown>);
    // biome-ignore lint/suspicious/noExplicitAny: the tree is untyped by nature
    fromXML(xml: string): Promise<{ rootElement: any; warnings: { message: string }[] }>;
  }
}
