import { Migration } from '@mikro-orm/migrations';

/** Append-only events, one hash chain per subject, and anchors over all chains. */
export class History extends Migration {
  override name = '0002-history';

  override up(): void {
    this.addSql(`create table history_chain (
      subject_type text not null, subject_id text not null, sequence bigint not null, head_hash text not null,
      primary key (subject_type, subject_id))`);
    this.addSql(`create table history_event (
      position bigint generated always as identity primary key,
      subject_type text not null,
      subject_id text not null,
      sequence bigint not null,
      type text not null,
      occurred_at text not null,
      actor text not null,
      actor_name text not null,
      on_behalf_of text,
      payload jsonb not null,
      previous_hash text not null,
      hash text not null,
      unique (subject_type, subject_id, sequence))`);
    this.addSql(`create table history_anchor (
      number bigint primary key,
      made_at text not null,
      chains bigint not null,
      events bigint not null,
      heads_hash text not null,
      previous_hash text not null,
      hash text not null)`);
    this.addSql(`create function history_refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception 'history is append-only: % on % refused', tg_op, tg_table_name using errcode = 'insufficient_privilege';
      end $$`);
    for (const table of ['history_event', 'history_anchor']) {
      this.addSql(
        `create trigger ${table}_no_change before update or delete on ${table} for each row execute function history_refuse_change()`,
      );
      this.addSql(
        `create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function history_refuse_change()`,
      );
    }
  }
}
