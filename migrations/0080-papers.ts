import { Migration } from '@mikro-orm/migrations';

/**
 * Printed papers (文书): numbers per bureau, year and kind without a gap, each given once; and every print as it left the printer, so that a
 * paper can be drawn again as it was and held against the history.
 */
export class Papers extends Migration {
  override name = '0080-papers';

  override up(): void {
    this.addSql(`create table paper_counter (
      org_code text not null, year int not null, kind text not null, last int not null, primary key (org_code, year, kind))`);
    this.addSql(`create table paper_number (
      org_code text not null, year int not null, kind text not null, number int not null,
      demand_id text not null references demand (id), subject text not null, given_by text not null, given_at timestamptz not null,
      primary key (org_code, year, kind, number), unique (demand_id, kind, subject))`);
    this.addSql(`create table paper_print (
      id text primary key, demand_id text not null references demand (id), kind text not null, subject text not null, number_text text,
      blocks jsonb not null, full_names boolean not null, printed_by text not null, printed_by_name text not null, printed_at timestamptz not null,
      code text not null)`);
    this.addSql(`create index paper_print_of_demand on paper_print (demand_id, printed_at)`);
  }
}
