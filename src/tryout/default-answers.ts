import { shanghaiDate } from '../kernel/clock.ts';
import {
  type Component,
  type Form,
  inputsOf,
  type OptionSource,
  optionsOf,
  submitForm,
  type Values,
} from '../modules/forms/index.ts';

/**
 * Values with which a form can be sent, for a trial in which nobody wants to type: what it begins with, the first of each choice, a short
 * text where a text must be. Only what the form asks for: fields that are hidden or may stay empty are left out.
 */
export function defaultAnswers(form: Form, options: OptionSource, now: Date): Values {
  const values: Values = {};
  // What is chosen first may show further fields; a few rounds fill those too.
  for (let round = 0; round < 4; round += 1) {
    const { ok, ...submission } = submitForm(form, values as never, options, { today: shanghaiDate(now) });
    if (ok) return submission.values;
    const wrong = new Set('problems' in submission ? submission.problems.map((problem) => problem.pointer) : []);
    for (const { component, name } of inputsOf(form.components))
      if (wrong.has(`/${name.replaceAll('.', '/')}`)) values[name] = answerTo(component, options, now);
  }
  return values;
}

function answerTo(component: Component, options: OptionSource, now: Date): unknown {
  const { type, validate } = component;
  if (component.defaultValue !== undefined && component.defaultValue !== '') return component.defaultValue;
  const choices = optionsOf(component, options);
  switch (type) {
    case 'checkbox':
      return true;
    case 'radio':
    case 'select':
      return choices[0]?.value;
    case 'checklist':
    case 'taglist':
      return choices.slice(0, 1).map((choice) => choice.value);
    case 'number':
      return validate?.min ?? 1;
    case 'datetime':
      return component.subtype === 'date' || component.subtype === undefined ? shanghaiDate(now) : now.toISOString();
    default: {
      if (validate?.validationType === 'phone') return '0564-5000000';
      if (validate?.validationType === 'email') return 'trial@example.org';
      return '试运行填写的内容。'.padEnd(validate?.minLength ?? 0, '。').slice(0, validate?.maxLength ?? 200);
    }
  }
}
