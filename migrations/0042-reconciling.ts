import { Migration } from '@mikro-orm/migrations';

/** What the reconciler looks through: active user tasks of the diagrams, and the jobs of element instances on Zeebe. */
export class Reconciling extends Migration {
  override name = '0042-reconciling';

  override up(): void {
    this.addSql(`alter table zeebe_job add column element_instance_key text, add column record text`);
    this.addSql(`create index zeebe_job_element on zeebe_job (element_instance_key)`);
    this.addSql(
      `create index element_visit_waiting on element_visit (entered_at) where state = 'ACTIVE' and element_type = 'USER_TASK'`,
    );
    this.addSql(`create index demand_without_instance on demand (registered_at) where process_instance_key is null`);
  }
}
