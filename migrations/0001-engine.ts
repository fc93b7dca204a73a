import { Migration } from '@mikro-orm/migrations';

/** Tables of the embedded engine. Keys are numbers (`tree * 2^20 + local`), times epoch milliseconds. */
export class Engine extends Migration {
  override name = '0001-engine';

  override up(): void {
    // One row is locked by every batch: it serialises the writers of a partition, so positions have no gaps and no disorder.
    this.addSql(`create table engine_partition (
      id int primary key, position bigint not null, next_tree bigint not null, deployments int not null)`);
    this.addSql(`insert into engine_partition (id, position, next_tree, deployments) values (1, 0, 1, 0)`);
    this.addSql(`create table engine_definition (
      key bigint primary key, process_id text not null, version int not null, resource text not null,
      checksum text not null, xml text not null, deployed_at bigint not null, unique (process_id, version))`);
    this.addSql(`create table engine_instance (id bigint primary key, state text not null)`);
    this.addSql(`create table engine_job (
      key bigint primary key, type text not null, locked_until bigint not null)`);
    this.addSql(`create index engine_job_lock on engine_job (locked_until)`);
    // Timers of instances, of definitions (start events, with data), and ends of job backoffs.
    this.addSql(`create table engine_timer (
      key bigint primary key, owner bigint not null, kind text not null, due_at bigint not null, data text)`);
    this.addSql(`create index engine_timer_due on engine_timer (due_at, key)`);
    this.addSql(`create index engine_timer_start on engine_timer (owner) where kind = 'START'`);
    this.addSql(`create table engine_message_subscription (
      key bigint primary key, owner bigint not null, process_id text not null, name text not null, correlation_key text not null)`);
    this.addSql(`create index engine_message_subscription_name on engine_message_subscription (name, correlation_key)`);
    this.addSql(`create table engine_message (
      key bigint primary key, name text not null, correlation_key text not null, message_id text,
      expires_at bigint not null, variables text not null, correlated text[] not null)`);
    this.addSql(`create index engine_message_name on engine_message (name, correlation_key)`);
    this.addSql(`create index engine_message_expiry on engine_message (expires_at)`);
    this.addSql(`create table engine_start_lock (
      process_id text not null, correlation_key text not null, primary key (process_id, correlation_key))`);
    this.addSql(
      `create table engine_signal_subscription (key bigint primary key, owner bigint not null, name text not null)`,
    );
    this.addSql(`create index engine_signal_subscription_name on engine_signal_subscription (name)`);
    this.addSql(`create table engine_command (id text primary key, result text not null, at bigint not null)`);
    this.addSql(`create index engine_command_at on engine_command (at)`);
    this.addSql(
      `create table engine_record (position bigint primary key, last_position bigint not null, records text not null)`,
    );
  }
}
