import { Migration } from '@mikro-orm/migrations';

/** Who a diagram named for a task, and up to which state of the organisation open tasks have been looked at. */
export class TaskRefresh extends Migration {
  override name = '0050-task-refresh';

  override up(): void {
    this.addSql(`alter table task add column named_assignee text`);
    this.addSql(
      `create table candidate_refresh (one boolean primary key default true check (one), state text not null)`,
    );
    this.addSql(`insert into candidate_refresh (state) values ('')`);
  }
}
