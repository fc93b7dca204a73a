import { Migration } from '@mikro-orm/migrations';

/** Versions of the rule sets, and every decision they made with its facts and explanation. */
export class Rules extends Migration {
  override name = '0005-rules';

  override up(): void {
    this.addSql(`create table rule_set_version (
      rule_set text not null, version int not null, content text not null, hash text not null, effective_from date not null,
      published_at timestamptz not null, published_by text not null, reason text not null, primary key (rule_set, version))`);
    this.addSql(`create table rule_evaluation (
      key text primary key, rule_set text not null, version int not null, subject_type text not null, subject_id text not null,
      facts jsonb not null, outcome jsonb not null, explanation jsonb not null, evaluated_at timestamptz not null)`);
    this.addSql(`create index rule_evaluation_subject on rule_evaluation (subject_type, subject_id, evaluated_at)`);
  }
}
