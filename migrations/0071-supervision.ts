import { Migration } from '@mikro-orm/migrations';

/** Cards of supervision (督办), and up to which level a clock has been told. */
export class Supervision extends Migration {
  override name = '0071-supervision';

  override up(): void {
    // With the due date it was told for: a clock that is moved is told anew, whoever moves it.
    this.addSql(`alter table deadline add column level_told int not null default 0, add column level_due_date date`);
    this.addSql(`create index deadline_levels on deadline (org_code, due_date) where status = 'OPEN'`);
    this.addSql(
      `create table supervision_number (org_code text not null, year int not null, last int not null, primary key (org_code, year))`,
    );
    this.addSql(`create table supervision (
      id text primary key, number text not null, org_code text not null, demand_id text not null references demand (id), department_code text not null,
      level text not null check (level in ('YELLOW', 'RED', 'ESCALATION')), status text not null check (status in ('ISSUED', 'ACKNOWLEDGED', 'ACCOUNTED', 'LIFTED')),
      rule_id text, rule_title text not null, rule_version int, overdue_days int not null, requirement text not null, answer_by date not null,
      issued_by text not null, issued_by_name text not null, issued_at timestamptz not null, raised_at timestamptz, told text[] not null,
      acknowledged_by_name text, acknowledged_at timestamptz, cause text, measures text, responsible text, finish_day date, accounted_by text,
      accounted_by_name text, accounted_at timestamptz, returned int not null default 0, return_opinion text, evasive boolean not null default false,
      lifted_by text, lifted_by_name text, lifted_at timestamptz, lift_opinion text, unique (org_code, number))`);
    this.addSql(`create unique index supervision_open on supervision (demand_id) where status <> 'LIFTED'`);
    this.addSql(`create index supervision_org on supervision (org_code, status)`);
  }
}
