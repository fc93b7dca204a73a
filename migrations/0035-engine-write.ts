import { Migration } from '@mikro-orm/migrations';

/**
 * One call writes a whole batch of the embedded engine: one round trip, one commit, plans kept by the session.
 * The partition's row is locked first and must stand where the writer saw it; otherwise another node has written, and nothing of this batch is.
 * A parameter that is null has nothing to write.
 */
export class EngineWrite extends Migration {
  override name = '0035-engine-write';

  override up(): void {
    // Rows that change at every step find room on their own page, so that no index is touched.
    for (const table of ['engine_instance', 'engine_job', 'engine_partition'])
      this.addSql(`alter table ${table} set (fillfactor = 60)`);
    // Compressed by the engine: what the database compresses costs the core that commits.
    this.addSql(`alter table engine_record alter column records type bytea using convert_to(records, 'UTF8')`);
    this.addSql(`alter table engine_record alter column records set storage external`);
    this.addSql(`create function engine_write(
        expected bigint, new_position bigint, new_next_tree bigint, new_deployments int, moment bigint, lease_until bigint,
        living bigint[], states text[], ended bigint[],
        jobs bigint[], job_types text[], jobs_gone bigint[],
        timers bigint[], timer_owners bigint[], timer_kinds text[], timer_due bigint[], timer_data text[], timers_gone bigint[],
        subs bigint[], sub_owners bigint[], sub_processes text[], sub_names text[], sub_keys text[], subs_gone bigint[],
        messages jsonb, messages_gone bigint[],
        signals bigint[], signal_owners bigint[], signal_names text[], signals_gone bigint[],
        locks_process text[], locks_key text[], unlocks_process text[], unlocks_key text[],
        commands text[], results text[],
        first_record bigint, last_record bigint, new_records bytea
      ) returns void language plpgsql as $$
      begin
        update engine_partition set position = new_position, next_tree = new_next_tree, deployments = new_deployments
          where id = 1 and position = expected;
        if not found then
          raise exception 'another node has written' using errcode = 'SY001';
        end if;
        if commands is not null then
          insert into engine_command (id, result, at) select i, r, moment from unnest(commands, results) as c(i, r);
        end if;
        if living is not null then
          insert into engine_instance (id, state) select * from unnest(living, states)
            on conflict (id) do update set state = excluded.state;
        end if;
        if ended is not null then delete from engine_instance where id = any(ended); end if;
        if jobs_gone is not null then delete from engine_job where key = any(jobs_gone); end if;
        if timers_gone is not null then delete from engine_timer where key = any(timers_gone); end if;
        if subs_gone is not null then delete from engine_message_subscription where key = any(subs_gone); end if;
        if messages_gone is not null then delete from engine_message where key = any(messages_gone); end if;
        if signals_gone is not null then delete from engine_signal_subscription where key = any(signals_gone); end if;
        if jobs is not null then
          insert into engine_job (key, type, locked_until) select k, t, lease_until from unnest(jobs, job_types) as r(k, t)
            on conflict (key) do update set locked_until = excluded.locked_until;
        end if;
        if timers is not null then
          insert into engine_timer (key, owner, kind, due_at, data)
            select * from unnest(timers, timer_owners, timer_kinds, timer_due, timer_data)
            on conflict (key) do update set due_at = excluded.due_at;
        end if;
        if subs is not null then
          insert into engine_message_subscription (key, owner, process_id, name, correlation_key)
            select * from unnest(subs, sub_owners, sub_processes, sub_names, sub_keys) on conflict (key) do nothing;
        end if;
        if messages is not null then
          insert into engine_message (key, name, correlation_key, message_id, expires_at, variables, correlated)
            select key, name, correlation_key, message_id, expires_at, variables, correlated
            from jsonb_to_recordset(messages) as m(key bigint, name text, correlation_key text, message_id text, expires_at bigint,
              variables text, correlated text[])
            on conflict (key) do update set correlated = excluded.correlated;
        end if;
        if signals is not null then
          insert into engine_signal_subscription (key, owner, name) select * from unnest(signals, signal_owners, signal_names)
            on conflict (key) do nothing;
        end if;
        if locks_process is not null then
          insert into engine_start_lock (process_id, correlation_key) select * from unnest(locks_process, locks_key) on conflict do nothing;
        end if;
        if unlocks_process is not null then
          delete from engine_start_lock l using unnest(unlocks_process, unlocks_key) as u(p, k)
            where l.process_id = u.p and l.correlation_key = u.k;
        end if;
        if new_records is not null then
          insert into engine_record (position, last_position, records) values (first_record, last_record, new_records);
        end if;
      end $$`);
  }
}
