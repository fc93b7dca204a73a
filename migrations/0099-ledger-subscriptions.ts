import { Migration } from '@mikro-orm/migrations';

/** Daily digests of the ledger (订阅日报): a person, a set of conditions, and the last day it was sent. Ended ones are kept. */
export class LedgerSubscriptions extends Migration {
  override name = '0099-ledger-subscriptions';

  override up(): void {
    this.addSql(`create table ledger_subscription (
      id text primary key, login text not null references app_user (login), name text not null, query jsonb not null, filter jsonb not null,
      created_at timestamptz not null, ended_at timestamptz, last_day date not null)`);
    this.addSql(
      `create unique index ledger_subscription_own on ledger_subscription (login, name) where ended_at is null`,
    );
    this.addSql(`create index ledger_subscription_due on ledger_subscription (last_day) where ended_at is null`);
  }
}
