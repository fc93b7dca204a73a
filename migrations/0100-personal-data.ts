import { Migration } from '@mikro-orm/migrations';

/** Personal data after its time (个人信息保护法 19) and the register of requests about it (44–50). */
export class PersonalData extends Migration {
  override name = '0100-personal-data';

  override up(): void {
    this.addSql('alter table demand add column anonymised_at timestamptz');
    this.addSql(`create index demand_retention on demand ((coalesce(written_off_at, voided_at, merged_at, split_at)))
      where anonymised_at is null and status in ('WRITTEN_OFF', 'VOIDED', 'MERGED', 'SPLIT')`);
    this.addSql(
      `create table personal_data_number (org_code text not null, year int not null, last int not null, primary key (org_code, year))`,
    );
    this.addSql(`create table personal_data_request (
      id text primary key, number text not null unique, org_code text not null, kind text not null, requester text not null, contact text not null,
      demand_id text references demand (id), received_via text not null, content text not null, status text not null check (status in ('OPEN', 'ANSWERED')),
      received_at timestamptz not null, reply_by date not null, registered_by text not null, registered_by_name text not null, result text, answer text,
      answered_at timestamptz, answered_by text, answered_by_name text)`);
    this.addSql('create index personal_data_request_org on personal_data_request (org_code, status, received_at)');
  }
}
