import { FeelError } from '../values.ts';
import { define, type Functions, isText } from './define.ts';

export const logicFunctions: Functions = {
  not: [define(['negand'], ([value]) => (typeof value === 'boolean' ? !value : null))],
  'is defined': [define(['value'], ([value]) => value !== null)],
  'get or else': [define(['value', 'default'], ([value, other]) => (value === null ? other : value))],
  assert: [
    define(['value', 'condition'], ([value, condition]) =>
      condition === true ? value : new FeelError('The condition is not fulfilled'),
    ),
    define(['value', 'condition', 'cause'], ([value, condition, cause]) =>
      condition === true ? value : isText(cause) ? new FeelError(cause) : undefined,
    ),
  ],
};
