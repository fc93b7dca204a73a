import type { Permission } from '../../../modules/access/index.ts';
import type { DemandAction } from '../../../modules/demands/index.ts';

/** An action on a demand, as its link and its page say it. */
export interface ActionText {
  name: DemandAction;
  /** The form-js form that is asked for. */
  form: string;
  /** Text of the link that leads here. */
  title: string;
  /** H1 of the page: a question where it is a confirmation. */
  heading: string;
  button: string;
  danger: boolean;
  permission: Permission;
  /** Word of the flash afterwards. */
  ok: string;
  /** What will happen, one line each. */
  consequences: readonly string[];
}
