import { Migration } from '@mikro-orm/migrations';

/** The examples a version of a rule set was published with; null where it came with the program, whose examples then count. */
export class RuleExamples extends Migration {
  override name = '0096-rule-examples';

  override up(): void {
    this.addSql('alter table rule_set_version add column examples text');
  }
}
