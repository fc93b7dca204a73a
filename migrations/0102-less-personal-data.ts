import { Migration } from '@mikro-orm/migrations';

/**
 * What people write into the history of a demand is kept beside the chain, which holds its seal (a salted hash): the words can be taken out when
 * their time is over, and the chain stays whole (decision 014). And a function of the statistics that has no caller goes.
 */
export class LessPersonalData extends Migration {
  override name = '0102-less-personal-data';

  override up(): void {
    this.addSql(`create table history_text (
      seal text primary key, subject_type text not null, subject_id text not null, sequence bigint not null, salt text, text text not null)`);
    this.addSql('create index history_text_subject on history_text (subject_type, subject_id)');
    this.addSql(`create function history_text_only_erased() returns trigger language plpgsql as $$
      begin
        if tg_op = 'UPDATE' and new.salt is null
          and (new.seal, new.subject_type, new.subject_id, new.sequence) = (old.seal, old.subject_type, old.subject_id, old.sequence) then
          return new;
        end if;
        raise exception 'history is append-only: % on % refused', tg_op, tg_table_name using errcode = 'insufficient_privilege';
      end $$`);
    this.addSql(
      `create trigger history_text_no_change before update or delete on history_text for each row execute function history_text_only_erased()`,
    );
    this.addSql(
      `create trigger history_text_no_truncate before truncate on history_text for each statement execute function history_text_only_erased()`,
    );
    this.addSql('alter table history_text enable always trigger history_text_no_change');
    this.addSql('alter table history_text enable always trigger history_text_no_truncate');
    // What of a line is restricted: who may not know of it is shown the rest.
    this.addSql(`alter table reconciliation_line add column restricted jsonb not null default '{}'`);
    this.addSql('create index notification_demand on notification (demand_id) where demand_id is not null');
    this.addSql('drop function working_day_number(jsonb, timestamptz)');
  }
}
