import { Migration } from '@mikro-orm/migrations';

/** Filters by bureau and state walk the ledger in its order; the few demands that went to another bureau have an index of their own. */
export class LedgerOrder extends Migration {
  override name = '0083-ledger-order';

  override up(): void {
    this.addSql(`drop index demand_status`);
    this.addSql(`create index demand_status_org on demand (status, host_org_code, registered_at desc)`);
    this.addSql(
      `create index demand_went_elsewhere on demand (org_code, registered_at desc) where org_code <> host_org_code`,
    );
  }
}
