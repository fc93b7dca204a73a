import { Migration } from '@mikro-orm/migrations';

/**
 * Several partitions in one database. What there is becomes the first; nothing that runs is touched.
 * Every write counts the partition's version, so that a writer who works from memory notices any other, also one that left no records.
 * Each row of records names the trees its batch has touched: who was overtaken forgets these and no others.
 */
export class EnginePartitions extends Migration {
  override name = '0075-engine-partitions';

  override up(): void {
    this.addSql(`alter table engine_partition add column version bigint not null default 0`);
    // How many partitions new work is spread over; the same in every row, so that whoever holds one partition knows it.
    this.addSql(`alter table engine_partition add column spread int not null default 1`);
    this.addSql(`alter table engine_record add column partition int not null default 1`);
    this.addSql(`alter table engine_record add column touched bigint[]`);
    this.addSql(`alter table engine_record drop constraint engine_record_pkey`);
    this.addSql(`alter table engine_record add primary key (partition, position)`);
    this.addSql(`alter table engine_record_mark add column partition int not null default 1`);
    this.addSql(`alter table engine_record_mark drop constraint engine_record_mark_pkey`);
    this.addSql(`alter table engine_record_mark add primary key (partition, day)`);
    // The order in which messages came and subscriptions opened: keys of different partitions do not tell it.
    this.addSql(`alter table engine_message add column at bigint not null default 0`);
    this.addSql(`alter table engine_message_subscription add column at bigint not null default 0`);
    this.addSql(`alter table engine_message_subscription add column ordinal bigint not null default 0`);
    // The partition of a key is its part above 2^47.
    this.addSql(`drop index engine_timer_due`);
    this.addSql(`create index engine_timer_due on engine_timer ((key >> 47), due_at, key)`);
    this.addSql(`create table engine_node (id text primary key, alive_until bigint not null)`);
    this.addSql(`create table engine_owner (partition int primary key, node text not null)`);

    // Says that a node lives and shares the partitions out: nobody keeps more than its share, what is free goes to who has less.
    // Ownership is a preference. Nothing depends on it but speed: the partition's row is what keeps writers apart.
    this.addSql(`create function engine_beat(me text, lives_ms bigint) returns table (owned int, after_dead boolean, nodes int) language plpgsql as $$
      declare
        moment bigint := (extract(epoch from clock_timestamp()) * 1000)::bigint;
        living int;
        share int;
        mine int;
      begin
        perform pg_advisory_xact_lock(5071902);
        insert into engine_node (id, alive_until) values (me, moment + lives_ms)
          on conflict (id) do update set alive_until = excluded.alive_until;
        delete from engine_node where alive_until < moment - 10 * lives_ms;
        select count(*) into living from engine_node where alive_until >= moment;
        select ceil(count(*)::numeric / living) into share from engine_partition;
        delete from engine_owner where node = me and partition in (
          select partition from engine_owner where node = me order by partition offset share);
        select count(*) into mine from engine_owner where node = me;
        return query
          with free as (
            select p.id, o.partition is not null as dead from engine_partition p left join engine_owner o on o.partition = p.id
            where o.partition is null or not exists (select 1 from engine_node n where n.id = o.node and n.alive_until >= moment)
            order by p.id limit greatest(0, share - mine)),
          taken as (
            insert into engine_owner as o (partition, node) select id, me from free on conflict (partition) do update set node = me returning o.partition)
          select t.partition, f.dead, living from taken t join free f on f.id = t.partition
          union all select o.partition, false, living from engine_owner o where o.node = me;
      end $$`);

    this.addSql(`drop function engine_write`);
    this.addSql(`create function engine_write(
        which int, expected bigint, new_position bigint, new_next_tree bigint, new_deployments int, moment bigint, lease_until bigint,
        living bigint[], states text[], ended bigint[],
        jobs bigint[], job_types text[], jobs_gone bigint[],
        timers bigint[], timer_owners bigint[], timer_kinds text[], timer_due bigint[], timer_data text[], timers_gone bigint[],
        subs bigint[], sub_owners bigint[], sub_processes text[], sub_names text[], sub_keys text[], sub_ordinals bigint[], subs_gone bigint[],
        messages jsonb, messages_gone bigint[],
        signals bigint[], signal_owners bigint[], signal_names text[], signals_gone bigint[],
        locks_process text[], locks_key text[], unlocks_process text[], unlocks_key text[],
        commands text[], results text[],
        first_record bigint, last_record bigint, new_records bytea
      ) returns void language plpgsql as $$
      begin
        perform engine_advance(which, expected, new_position, new_next_tree, new_deployments, first_record, last_record, new_records,
          coalesce(living, '{}') || coalesce(ended, '{}'));
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
          insert into engine_message_subscription (key, owner, process_id, name, correlation_key, at, ordinal)
            select k, o, p, n, c, moment, i
            from unnest(subs, sub_owners, sub_processes, sub_names, sub_keys, sub_ordinals) as s(k, o, p, n, c, i)
            on conflict (key) do nothing;
        end if;
        if messages is not null then
          insert into engine_message (key, name, correlation_key, message_id, expires_at, variables, correlated, at)
            select key, name, correlation_key, message_id, expires_at, variables, correlated, at
            from jsonb_to_recordset(messages) as m(key bigint, name text, correlation_key text, message_id text, expires_at bigint,
              variables text, correlated text[], at bigint)
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
      end $$`);
    this.addSql(`create function engine_advance(
        which int, expected bigint, new_position bigint, new_next_tree bigint, new_deployments int,
        first_record bigint, last_record bigint, new_records bytea, touched_trees bigint[]
      ) returns void language plpgsql as $$
      begin
        update engine_partition
          set position = new_position, next_tree = new_next_tree, deployments = new_deployments, version = version + 1
          where id = which and version = expected;
        if not found then
          raise exception 'another node has written' using errcode = 'SY001';
        end if;
        if new_records is not null then
          insert into engine_record (partition, position, last_position, records, touched)
            values (which, first_record, last_record, new_records, touched_trees);
        end if;
      end $$`);
  }
}
