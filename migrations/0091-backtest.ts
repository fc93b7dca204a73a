import { Migration } from '@mikro-orm/migrations';

/** A backtest walks the recorded decisions of one rule set in their order, page by page. */
export class Backtest extends Migration {
  override name = '0091-backtest';

  override up(): void {
    this.addSql(`create index rule_evaluation_set on rule_evaluation (rule_set, evaluated_at, key)`);
  }
}
