import { Migration } from '@mikro-orm/migrations';

/** The record stream of a Zeebe broker as it arrives, the jobs it says are open, and the commands sent to it. */
export class ZeebeRecords extends Migration {
  override name = '0040-zeebe-records';

  override up(): void {
    this.addSql(`create table zeebe_record (
      partition int not null, position bigint not null, key text not null, value_type text not null, intent text not null,
      ref text, happened_at bigint not null, record text not null, received_at bigint not null,
      primary key (partition, position))`);
    this.addSql(`create index zeebe_record_key on zeebe_record (key)`);
    this.addSql(`create index zeebe_record_ref on zeebe_record (ref, value_type) where ref is not null`);
    this.addSql(`create table zeebe_job (
      key text primary key, type text not null, process_instance_key text not null, element_id text not null,
      retries int not null, created_at bigint not null)`);
    this.addSql(`create index zeebe_job_type on zeebe_job (type)`);
    // SENT stays when nobody knows what became of the command: the record stream tells, before it is sent again.
    this.addSql(`create table zeebe_command (
      id text primary key, state text not null, sent_at bigint not null, result text, result_key text, at bigint not null)`);
    this.addSql(`create table zeebe_definition (
      key text primary key, process_id text not null, version int not null, resource text not null)`);
    this.addSql(`create index zeebe_command_at on zeebe_command (at)`);
    this.addSql(`create index zeebe_command_result on zeebe_command (result_key) where result_key is not null`);
  }
}
