import { Migration } from '@mikro-orm/migrations';

/** Which departments confirm and receive a demand on its statutory route: it is in their ledger as well. */
export class LegalDepartments extends Migration {
  override name = '0064-legal-departments';

  override up(): void {
    this.addSql(`alter table demand add column legal_departments text[] not null default '{}'`);
    this.addSql('create index demand_legal_departments on demand using gin (legal_departments)');
  }
}
