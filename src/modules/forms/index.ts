/** Task forms: form-js files, drawn on the server and validated by the same schema. Pure. */
export { conditionTree } from './conditions.ts';
export type { Component, Form, Option, OptionSource, Values } from './form.ts';
export { COMPONENT_NAMES, fileFieldsOf, inputsOf, labelOf, optionsOf } from './form.ts';
export { type FormField, formOutline } from './form-outline.ts';
export { type FormProblem, lintForm } from './lint-form.ts';
export { type FormFile, loadFormFiles, loadForms, parseForm } from './load-forms.ts';
export { type PresentedForm, type PresentedNode, presentForm } from './present-form.ts';
export { readDate } from './read-date.ts';
export { type Raw, type Submission, submitForm } from './submit-form.ts';
