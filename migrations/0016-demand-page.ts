import { Migration } from '@mikro-orm/migrations';

/**
 * What the page of a demand keeps: who has it open, which field was looked at and for how long. Looking is logged for good: nobody takes a line
 * of that log back. The guards of history hold in every session mode, and a chain's head only ever moves forward.
 */
export class DemandPage extends Migration {
  override name = '0016-demand-page';

  override up(): void {
    this.addSql(`create table demand_opening (
      demand_id text not null references demand (id), login text not null, name text not null, opened_at timestamptz not null, seen_at timestamptz not null,
      primary key (demand_id, login))`);
    this.addSql(`alter table pii_access_log add column shown_until timestamptz`);
    this.addSql(`alter table pii_access_log add column outside_own boolean not null default false`);
    this.addSql(`create index pii_access_shown on pii_access_log (demand_id, login, shown_until)`);

    this.addSql(`create function history_head_forward() returns trigger language plpgsql as $$
      begin
        if tg_op = 'UPDATE' and new.sequence >= old.sequence and new.subject_type = old.subject_type and new.subject_id = old.subject_id
          and (new.sequence > old.sequence or new.head_hash = old.head_hash) then
          return new;
        end if;
        raise exception 'history is append-only: % on % refused', tg_op, tg_table_name using errcode = 'insufficient_privilege';
      end $$`);
    this.addSql(
      `create trigger history_chain_forward before update or delete on history_chain for each row execute function history_head_forward()`,
    );
    this.addSql(
      `create trigger history_chain_no_truncate before truncate on history_chain for each statement execute function history_refuse_change()`,
    );
    this.addSql(
      `create trigger pii_access_log_no_change before update or delete on pii_access_log for each row execute function history_refuse_change()`,
    );
    this.addSql(
      `create trigger pii_access_log_no_truncate before truncate on pii_access_log for each statement execute function history_refuse_change()`,
    );
    // A session in replication mode skips ordinary triggers; these fire always.
    for (const [table, triggers] of [
      ['history_event', ['history_event_no_change', 'history_event_no_truncate']],
      ['history_anchor', ['history_anchor_no_change', 'history_anchor_no_truncate']],
      ['history_chain', ['history_chain_forward', 'history_chain_no_truncate']],
      ['pii_access_log', ['pii_access_log_no_change', 'pii_access_log_no_truncate']],
    ] as const)
      for (const trigger of triggers) this.addSql(`alter table ${table} enable always trigger ${trigger}`);
  }
}
