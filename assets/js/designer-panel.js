/** The panel of the house: what a step is for, chosen from the house's own lists. Every change is a command of the modeler and can be undone. */
import { INSERT } from './designer-menus.js';

const GATEWAYS = ['bpmn:ExclusiveGateway', 'bpmn:InclusiveGateway'];

export function housePanel(modeler, words, place, inserting) {
  const bus = modeler.get('eventBus');
  const modeling = modeler.get('modeling');
  const factory = modeler.get('bpmnFactory');
  let shown;

  const extensionOf = (bo, type) => bo.extensionElements?.values?.find((value) => value.$type === type);
  const setExtension = (element, bo, type, properties) => {
    const found = extensionOf(bo, type);
    if (found) return modeling.updateModdleProperties(element, found, properties);
    const elements = bo.extensionElements ?? factory.create('bpmn:ExtensionElements', { values: [] });
    const made = factory.create(type, properties);
    made.$parent = elements;
    elements.$parent ??= bo;
    if (bo.extensionElements)
      modeling.updateModdleProperties(element, elements, { values: [...elements.values, made] });
    else {
      elements.values = [made];
      modeling.updateModdleProperties(element, bo, { extensionElements: elements });
    }
  };
  const headerOf = (bo, key) =>
    extensionOf(bo, 'zeebe:TaskHeaders')?.values?.find((item) => item.key === key)?.value ?? '';
  const setHeader = (element, bo, key, value) => {
    const rest = (extensionOf(bo, 'zeebe:TaskHeaders')?.values ?? []).filter((item) => item.key !== key);
    const values = value ? [...rest, factory.create('zeebe:Header', { key, value })] : rest;
    setExtension(element, bo, 'zeebe:TaskHeaders', { values });
  };

  let fields = 0;
  const field = (label, control, hint) => {
    fields += 1;
    const id = `design-field-${fields}`;
    const box = Object.assign(document.createElement('div'), { className: 'field' });
    const name = Object.assign(document.createElement('label'), {
      className: 'field__label',
      textContent: label,
      htmlFor: id,
    });
    control.id = id;
    control.classList.add('input');
    box.append(name);
    if (hint) {
      const line = Object.assign(document.createElement('p'), {
        className: 'field__hint',
        textContent: hint,
        id: `${id}-hint`,
      });
      control.setAttribute('aria-describedby', line.id);
      box.append(line);
    }
    box.append(control);
    return box;
  };
  const text = (label, value, change, { hint, rows } = {}) => {
    const control = document.createElement(rows ? 'textarea' : 'input');
    if (rows) control.rows = rows;
    control.value = value ?? '';
    control.addEventListener('change', () => change(control.value.trim()));
    return field(label, control, hint);
  };
  const select = (label, value, choices, change, hint) => {
    const control = document.createElement('select');
    const known = choices.some((choice) => choice.value === value);
    control.append(new Option(value && !known ? `没有“${value}”` : '请选择', known ? '' : (value ?? '')));
    for (const choice of choices) control.append(new Option(choice.title, choice.value));
    control.value = value ?? '';
    control.addEventListener('change', () => change(control.value));
    return field(label, control, hint);
  };
  const checks = (legend, chosen, choices, change) => {
    const box = Object.assign(document.createElement('fieldset'), { className: 'field design__checks' });
    box.append(Object.assign(document.createElement('legend'), { className: 'field__label', textContent: legend }));
    const list = Object.assign(document.createElement('div'), { className: 'design__choices' });
    const unknown = chosen.filter((value) => !choices.some((choice) => choice.value === value));
    for (const choice of [...choices, ...unknown.map((value) => ({ value, title: `没有“${value}”` }))]) {
      const label = Object.assign(document.createElement('label'), { className: 'choice' });
      const input = Object.assign(document.createElement('input'), {
        type: 'checkbox',
        value: choice.value,
        checked: chosen.includes(choice.value),
      });
      input.addEventListener('change', () =>
        change([...list.querySelectorAll('input:checked')].map((item) => item.value)),
      );
      label.append(input, ` ${choice.title}`);
      list.append(label);
    }
    box.append(list);
    return box;
  };
  const splitList = (value) =>
    (value ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);

  /** Ways to the form itself, and to a new one; what was drawn is saved before somebody goes. */
  const formLinks = (known) => {
    const line = Object.assign(document.createElement('p'), { className: 'design__links' });
    const link = (href, textContent) => {
      const made = Object.assign(document.createElement('a'), { href, textContent });
      made.dataset.designLeave = '';
      return made;
    };
    if (known) line.append(link(known.home, '打开这张表单'), ' ');
    line.append(link(words.newForm, '新建表单'));
    return line;
  };

  function* ofUserTask(element, bo) {
    const form = extensionOf(bo, 'zeebe:FormDefinition');
    const formId = form?.formKey ?? form?.formId ?? '';
    // The vendor clears the other ways to name a form; naming one of them here, even as absent, would clear this one.
    yield select('表单', formId, words.forms, (value) =>
      setExtension(element, bo, 'zeebe:FormDefinition', { formKey: value }),
    );
    yield formLinks(words.forms.find((item) => item.value === formId));
    const assignment = extensionOf(bo, 'zeebe:AssignmentDefinition');
    const groups = assignment?.candidateGroups ?? '';
    if (groups.startsWith('='))
      yield text('谁办（表达式）', groups, (value) =>
        setExtension(element, bo, 'zeebe:AssignmentDefinition', { candidateGroups: value || undefined }),
      );
    else
      yield checks('谁办', splitList(groups), words.groups, (values) =>
        setExtension(element, bo, 'zeebe:AssignmentDefinition', { candidateGroups: values.join(',') || undefined }),
      );
    yield text(
      '指定办理人',
      assignment?.assignee,
      (value) => setExtension(element, bo, 'zeebe:AssignmentDefinition', { assignee: value || undefined }),
      { hint: '由规则指定人的，写变量，例如 =extension.approverLogin；一般留空。' },
    );
    yield select('期限', headerOf(bo, 'clock'), words.clocks, (value) => setHeader(element, bo, 'clock', value));
    const known = words.forms.find((item) => item.value === formId);
    if (known?.fields.length)
      yield checks(
        '带回流程的结果',
        splitList(headerOf(bo, 'results')),
        known.fields.map((name) => ({ value: name, title: name })),
        (values) => setHeader(element, bo, 'results', values.join(',')),
      );
  }
  function* ofJob(element, bo) {
    const type = extensionOf(bo, 'zeebe:TaskDefinition')?.type ?? '';
    yield select(
      '程序',
      type,
      words.jobs,
      (value) => setExtension(element, bo, 'zeebe:TaskDefinition', { type: value }),
      words.jobs.find((job) => job.value === type)?.about,
    );
    for (const header of words.jobs.find((job) => job.value === type)?.headers ?? [])
      yield select(header.title, headerOf(bo, header.key), header.choices, (value) =>
        setHeader(element, bo, header.key, value),
      );
  }
  function* ofRule(element, bo) {
    yield select('规则集', headerOf(bo, 'ruleSet'), words.ruleSets, (value) => {
      setExtension(element, bo, 'zeebe:TaskDefinition', { type: 'evaluate-rules' });
      setHeader(element, bo, 'ruleSet', value);
    });
    yield text('结果变量', headerOf(bo, 'resultVariable'), (value) => setHeader(element, bo, 'resultVariable', value), {
      hint: '后面的网关用这个名称读结果。',
    });
  }
  function* ofCall(element, bo) {
    yield select('调用的流程', extensionOf(bo, 'zeebe:CalledElement')?.processId ?? '', words.processes, (value) =>
      setExtension(element, bo, 'zeebe:CalledElement', {
        processId: value,
        propagateAllChildVariables: false,
        propagateAllParentVariables: false,
      }),
    );
  }
  function* ofMessage(element, bo) {
    const definition = bo.eventDefinitions.find((item) => item.$type === 'bpmn:MessageEventDefinition');
    yield select('消息', definition.messageRef?.name ?? '', words.messages, (value) => {
      const definitions = modeler.getDefinitions();
      const there = definitions.rootElements.find((item) => item.$type === 'bpmn:Message' && item.name === value);
      const message = there ?? factory.create('bpmn:Message', { name: value });
      if (!there && value) {
        const key = words.messages.find((item) => item.value === value).correlationKey;
        const subscription = factory.create('zeebe:Subscription', { correlationKey: key });
        message.extensionElements = factory.create('bpmn:ExtensionElements', { values: [subscription] });
        message.$parent = definitions;
        definitions.rootElements.push(message);
      }
      modeling.updateModdleProperties(element, definition, { messageRef: value ? message : undefined });
    });
  }
  function* ofFlow(element, bo) {
    const source = bo.sourceRef;
    if (!GATEWAYS.includes(source?.$type) || source.outgoing.length < 2) return;
    const isDefault = source.default === bo;
    yield checks(
      '默认',
      isDefault ? ['default'] : [],
      [{ value: 'default', title: '其他条件都不成立时走这条' }],
      (values) =>
        modeling.updateProperties(modeler.get('elementRegistry').get(source.id), {
          default: values.length ? bo : undefined,
        }),
    );
    if (!isDefault)
      yield text(
        '条件',
        bo.conditionExpression?.body,
        (value) =>
          modeling.updateProperties(element, {
            conditionExpression: value ? factory.create('bpmn:FormalExpression', { body: value }) : undefined,
          }),
        { rows: 2, hint: '以 = 开头，例如 =reviewDecision = "APPROVED"。' },
      );
  }
  const partsOf = (element, bo) => {
    if (bo.$type === 'bpmn:UserTask') return ofUserTask(element, bo);
    if (bo.$type === 'bpmn:BusinessRuleTask') return ofRule(element, bo);
    if (['bpmn:ServiceTask', 'bpmn:SendTask'].includes(bo.$type)) return ofJob(element, bo);
    if (bo.$type === 'bpmn:CallActivity') return ofCall(element, bo);
    if (bo.$type === 'bpmn:SequenceFlow') return ofFlow(element, bo);
    if (bo.eventDefinitions?.some((item) => item.$type === 'bpmn:MessageEventDefinition'))
      return ofMessage(element, bo);
    return [];
  };

  const furtherStep = (element) => {
    if (!inserting.can(element)) return [];
    const button = Object.assign(document.createElement('button'), {
      type: 'button',
      className: 'button',
      textContent: INSERT,
    });
    button.addEventListener('click', () => {
      inserting.insert(element);
      place.querySelector('input')?.focus();
    });
    return [button];
  };

  const draw = () => {
    const element = shown;
    const heading = document.createElement('h2');
    if (!element) {
      heading.textContent = '属性';
      place.replaceChildren(
        heading,
        Object.assign(document.createElement('p'), { className: 'quiet', textContent: '在图上选一个步骤或一条线。' }),
      );
      return;
    }
    const bo = element.businessObject;
    heading.textContent = `属性：${bo.name || '（没有名称）'}`;
    // Redrawn after each change; the hand stays where it was.
    const at = [...place.querySelectorAll('input, select, textarea')].indexOf(document.activeElement);
    place.replaceChildren(
      heading,
      text('名称', bo.name, (value) => modeling.updateProperties(element, { name: value })),
      ...partsOf(element, bo),
      text(
        '说明',
        bo.documentation?.[0]?.text,
        (value) =>
          modeling.updateProperties(element, {
            documentation: value ? [factory.create('bpmn:Documentation', { text: value })] : [],
          }),
        { rows: 3, hint: '这一步依据哪一条、办什么。' },
      ),
      ...furtherStep(element),
    );
    if (at >= 0) place.querySelectorAll('input, select, textarea')[at]?.focus();
  };
  bus.on('selection.changed', ({ newSelection }) => {
    shown = newSelection.length === 1 ? (newSelection[0].labelTarget ?? newSelection[0]) : undefined;
    draw();
  });
  bus.on('elements.changed', ({ elements }) => {
    if (shown && elements.some((element) => element === shown || element.labelTarget === shown)) draw();
  });
  // Replacing a step with another kind gives it a new shape.
  bus.on('shape.remove', ({ element }) => {
    if (element === shown) shown = undefined;
  });
}
