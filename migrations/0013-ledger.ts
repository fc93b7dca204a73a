import { Migration } from '@mikro-orm/migrations';

/**
 * The ledger at a million demands: it refuses deletion (R8), keeps the due time that comes next beside the demand, and finds words in Chinese text
 * without an extension, which the embedded database and a bare PostgreSQL do not have.
 */
export class Ledger extends Migration {
  override name = '0013-ledger';

  override up(): void {
    this.addSql(`create function demand_is_kept() returns trigger language plpgsql as $$
      begin
        raise exception 'the ledger keeps every demand: void it with a reason instead of deleting it' using errcode = 'restrict_violation';
      end $$`);
    this.addSql(
      `create trigger demand_never_deleted before delete on demand for each row execute function demand_is_kept()`,
    );
    this.addSql(
      `create trigger demand_never_emptied before truncate on demand for each statement execute function demand_is_kept()`,
    );

    // The earliest open clock, so that a list sorts and filters by it with an index.
    this.addSql(`alter table demand add column next_due_at timestamptz`);
    this.addSql(`create function keep_next_due() returns trigger language plpgsql as $$
      begin
        if new.subject_type = 'demand' then
          update demand set next_due_at = (select min(due_at) from deadline
            where subject_type = 'demand' and subject_id = new.subject_id and status = 'OPEN') where id = new.subject_id;
        end if;
        return null;
      end $$`);
    this.addSql(
      `create trigger deadline_next_due after insert or update of status, due_at on deadline for each row execute function keep_next_due()`,
    );
    this.addSql(`update demand d set next_due_at = (select min(due_at) from deadline c
      where c.subject_type = 'demand' and c.subject_id = d.id and c.status = 'OPEN')`);

    // Words are pairs of neighbouring characters: Chinese has no spaces. Letters are compared in lower case, signs and blanks do not count.
    this.addSql(`create function search_pairs(text) returns text[] language sql immutable parallel safe as $$
      select coalesce(array_agg(distinct a || b), '{}') from (
        select c as a, lead(c) over (order by n) as b from unnest(string_to_array(lower(translate($1,
          E' \\t\\n\\r\\u3000,.;:!?"''()[]{}<>/\\\\|-_=+*&^%$#@~\`，。；：！？、“”‘’（）【】《》〈〉—…·', '')), null)) with ordinality u(c, n)) pairs
      where b is not null $$`);
    this.addSql(`create table demand_search (
      demand_id text primary key references demand (id), pairs text[] not null)`);
    this.addSql(`create function keep_demand_search() returns trigger language plpgsql as $$
      begin
        insert into demand_search (demand_id, pairs) values (new.id,
          search_pairs(concat_ws(' ', new.number, new.external_number, new.title, new.content, new.taxpayer_name, new.contact_person)))
        on conflict (demand_id) do update set pairs = excluded.pairs;
        return null;
      end $$`);
    this.addSql(`create trigger demand_search_kept after insert or update of title, content, taxpayer_name, contact_person, external_number
      on demand for each row execute function keep_demand_search()`);
    this.addSql(`insert into demand_search (demand_id, pairs) select id,
      search_pairs(concat_ws(' ', number, external_number, title, content, taxpayer_name, contact_person)) from demand`);
    this.addSql(`create index demand_search_pairs on demand_search using gin (pairs)`);

    this.addSql(`create function phone_digits(text) returns text language sql immutable parallel safe as $$
      select regexp_replace(coalesce($1, ''), '\\D', '', 'g') $$`);
    this.addSql(`create index demand_registered on demand (registered_at desc, number desc)`);
    this.addSql(`create index demand_due on demand (next_due_at, number) where next_due_at is not null`);
    this.addSql(`create index demand_due_org on demand (host_org_code, next_due_at) where next_due_at is not null`);
    this.addSql(
      `create index demand_phone_digits on demand (phone_digits(contact_phone)) where contact_phone is not null`,
    );
    this.addSql(
      `create index demand_phone_last on demand (right(phone_digits(contact_phone), 4)) where contact_phone is not null`,
    );
    this.addSql(`create index demand_number_last on demand (right(number, 4))`);
    this.addSql(`create index demand_external on demand (external_number) where external_number is not null`);
    this.addSql(`create index demand_taxpayer on demand (taxpayer_name, registered_at desc)`);
    this.addSql(`create index demand_registrar on demand (receiving_officer, registered_at desc)`);
    this.addSql(`create index demand_first_department on demand (registering_department, registered_at desc)`);
    this.addSql(`create index demand_host_recent on demand (host_department, registered_at desc)`);
    this.addSql(`create index demand_co_departments on demand using gin (co_departments)`);
    this.addSql(`create index demand_tags on demand using gin (tags)`);
    this.addSql(`create index demand_category_recent on demand (category, registered_at desc)`);
    this.addSql(`create index demand_answered on demand (category, completed_at desc) where completed_at is not null`);
    this.addSql(`create index task_done_by on task (completed_by, demand_id) where completed_by is not null`);

    this.addSql(`create table ledger_view (
      id text primary key, login text not null, org_code text not null, name text not null, query jsonb not null,
      shared boolean not null default false, created_at timestamptz not null, unique (login, name))`);
    this.addSql(`create index ledger_view_shared on ledger_view (org_code) where shared`);
  }
}
