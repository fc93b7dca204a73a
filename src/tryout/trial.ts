import { shanghaiTime } from '../kernel/clock.ts';
import { conflict, invalid } from '../kernel/errors.ts';
import type { Scenario, ScenarioStep, Standing } from '../modules/processes/index.ts';
import type { ApiClient } from './api-client.ts';
import { type DemandCase, registrationOf, type Stage } from './drive-demands.ts';
import { stageOn } from './stage.ts';
import type { TrialHouse } from './trial-house.ts';

/** An open task of a trial. */
export interface TrialTask {
  id: string;
  processId: string;
  elementId: string;
  title: string;
  formId: string | null;
  department: string | null;
  /** Who would do it: whom it was assigned to, else the first who may. */
  who: string | null;
  why: string | null;
  orgCode: string | null;
}

/** Silent joins and ways are not told of: a diagram may gain one without anybody noticing anything. */
const SILENT =
  "('EXCLUSIVE_GATEWAY', 'PARALLEL_GATEWAY', 'INCLUSIVE_GATEWAY', 'PROCESS', 'MULTI_INSTANCE_BODY', 'SEQUENCE_FLOW')";

/** The registration of a sample by whoever took it in; `fields` are what the form says, if it was changed. */
export function registrationStep(
  sample: DemandCase,
  at: Date,
  fields: Record<string, unknown> = registrationOf(sample),
): ScenarioStep {
  const department = sample.intake?.registeringDepartment;
  // Answers that the form does not ask for are the sample's, whatever is typed.
  const { intake } = registrationOf(sample);
  return {
    do: 'register',
    at: at.toISOString(),
    orgCode: sample.orgCode,
    ...(department ? { department: String(department) } : {}),
    values: { ...fields, intake },
  };
}

/**
 * A trial under way: people act through the API of its own house, time moves by hand, and everything done is remembered so that it can be
 * kept as a scenario.
 */
export class Trial {
  readonly house: TrialHouse;
  readonly processId: string;
  readonly start: Date;
  readonly steps: ScenarioStep[] = [];
  /** 诉求编号, once registered. */
  number: string | null = null;
  demandId: string | null = null;
  readonly #stage: Stage;

  private constructor(house: TrialHouse, processId: string, stage: Stage) {
    this.house = house;
    this.processId = processId;
    this.start = house.clock.now();
    this.#stage = stage;
  }

  static async on(house: TrialHouse, processId: string): Promise<Trial> {
    const staged = {
      house: { sql: house.sql, clock: house.clock, ids: house.ids, directory: () => house.directory() },
      settle: () => house.settle(),
    };
    return new Trial(house, processId, await stageOn(staged, house.address, (instant) => house.moveTo(instant)));
  }

  /** Does one step and remembers it. What the house refuses throws and is not remembered. */
  async do(step: ScenarioStep): Promise<void> {
    const at = new Date(step.at);
    if (Number.isNaN(+at))
      throw invalid(`“${step.at}”不是有效的时间。`, [{ pointer: '/at', message: '不是有效的时间。' }]);
    if (at > this.house.clock.now()) await this.house.moveTo(at);
    await this.#act(step);
    await this.house.settle();
    this.steps.push({ ...step, at: this.house.clock.now().toISOString() });
  }

  async #act(step: ScenarioStep): Promise<void> {
    switch (step.do) {
      case 'register':
        return this.#register(step);
      case 'start':
        await this.house.submitEngine(`trial-start-${this.steps.length}`, {
          type: 'createInstance',
          processId: this.processId,
          variables: step.variables as never,
        });
        return;
      case 'complete': {
        const task = await this.#taskOf(step.element, step.department);
        await (await this.#as(task.who!)).post(`/tasks/${task.id}/complete`, step.values);
        return;
      }
      case 'act': {
        const [task] = await this.tasks();
        if (!task?.who || !this.number) throw conflict('现在没有人在办，不能做这一步。', { reason: 'nobody-at-work' });
        await (await this.#as(task.who)).post(`/demands/${this.number}/${step.action}`, step.values);
        return;
      }
      case 'wait':
        return;
    }
  }

  async #register(step: Extract<ScenarioStep, { do: 'register' }>): Promise<void> {
    const login = this.#stage.registrar(step.orgCode, step.department);
    const made = await (await this.#as(login)).post<{ number: string; id: string }>('/demands', step.values);
    this.number = made.number;
    const [row] = await this.house.sql.query<{ id: string }>('select id from demand where number = $1', [made.number]);
    this.demandId = row!.id;
  }

  /** Who registers for a department of a bureau. */
  registrar(orgCode: string, department?: string): string {
    return this.#stage.registrar(orgCode, department);
  }

  async #taskOf(element: string, department: string | undefined): Promise<TrialTask> {
    const open = await this.tasks();
    const found = open.find(
      (task) => task.elementId === element && (department === undefined || task.department === department),
    );
    if (!found) {
      const stands = open.map((task) => `“${task.title}”`).join('、') || '没有待办';
      throw conflict(`没有步骤“${element}”的待办；现在是 ${stands}。`, { reason: 'no-task', details: { element } });
    }
    if (!found.who)
      throw conflict(`“${found.title}”没有人可办${found.why ? `：${found.why}` : ''}。请到“组织与人员”里安排人员。`, {
        reason: 'nobody',
      });
    return found;
  }

  #as(login: string): Promise<ApiClient> {
    return this.#stage.api(login);
  }

  /** Open tasks, the oldest first. */
  async tasks(): Promise<TrialTask[]> {
    const rows = await this.house.sql.query<any>(
      `select id, process_id, element_id, title, form_id, department_code, org_code, why, coalesce(assignee, candidates[1]) as who
       from task where status = 'OPEN' order by created_at, length(job_key), job_key`,
    );
    return rows.map((row) => ({
      id: row.id,
      processId: row.process_id,
      elementId: row.element_id,
      title: row.title,
      formId: row.form_id,
      department: row.department_code,
      who: row.who,
      why: row.why,
      orgCode: row.org_code,
    }));
  }

  /** The next moment at which something happens by itself: a warning, an end of a time limit, a timer of the diagram. Null when nothing waits for time. */
  async nextMoment(): Promise<Date | null> {
    const now = this.house.clock.now();
    const [row] = await this.house.sql.query<{ at: string | null }>(
      `select min(at)::text as at from (
         select warn_at as at from deadline where status = 'OPEN' and warned_at is null
         union all select due_at from deadline where status = 'OPEN' and overdue_noticed_at is null
         union all select to_timestamp(due_at / 1000.0) from engine_timer) moments where at > $1`,
      [now.toISOString()],
    );
    // One second later, so that it is surely over.
    return row?.at ? new Date(Date.parse(row.at) + 1000) : null;
  }

  /** Instances of the trial, callers before those they call. */
  async instances(): Promise<{ key: string; processId: string; version: number; state: string }[]> {
    const rows = await this.house.sql.query<any>(
      'select key, process_id, process_version, state from process_instance order by started_at, length(key), key',
    );
    return rows.map((row) => ({
      key: row.key,
      processId: row.process_id,
      version: row.process_version,
      state: row.state,
    }));
  }

  /** What people and the taxpayer would have been told, the newest first. Nothing of it has left. */
  async messages(): Promise<{ at: Date; to: string; title: string; channel: string }[]> {
    const rows = await this.house.sql.query<any>(
      `select created_at as at, recipient as "to", title, 'INBOX' as channel from notification
       union all select created_at, case audience when 'TAXPAYER' then '诉求人' else recipient end, kind, channel from message
       order by at desc limit 100`,
    );
    return rows.map((row) => ({ at: new Date(row.at), to: row.to, title: row.title, channel: row.channel }));
  }

  /** How things stand now. */
  async standing(): Promise<Standing> {
    const { sql } = this.house;
    const visits = await sql.query<{ process_id: string; element_id: string }>(
      `select p.process_id, v.element_id from element_visit v join process_instance p on p.key = v.process_instance_key
       where upper(v.element_type) not in ${SILENT} order by v.entered_at, length(v.key), v.key`,
    );
    const path: Record<string, string[]> = {};
    for (const visit of visits) {
      const steps = path[visit.process_id] ?? [];
      path[visit.process_id] = steps;
      if (!steps.includes(visit.element_id)) steps.push(visit.element_id);
    }
    const clocks = await sql.query<{ kind: string; due_date: string; status: string }>(
      'select kind, due_date::text as due_date, status from deadline order by starts_at, kind, id',
    );
    const decisions = await sql.query<{ rule_set: string; outcome: Record<string, unknown> }>(
      'select rule_set, outcome from rule_evaluation order by evaluated_at, key',
    );
    const incidents = await sql.query<{ element_id: string }>(
      'select element_id from incident_view where resolved_at is null order by created_at',
    );
    const [demand] = await sql.query<{ status: string }>('select status from demand where number = $1', [this.number]);
    return {
      path,
      open: (await this.tasks()).map((task) => task.elementId).sort(),
      status: demand?.status ?? null,
      clocks: clocks.map((clock) => ({ kind: clock.kind, dueDate: clock.due_date, status: clock.status })),
      decisions: decisions.map((item) => ({ ruleSet: item.rule_set, outcome: item.outcome })),
      incidents: incidents.map((item) => item.element_id),
    };
  }

  /** Everything done so far with how things stand, to be kept. */
  async scenario(name: string): Promise<Scenario> {
    return {
      name,
      process: this.processId,
      start: this.start.toISOString(),
      steps: this.steps,
      expect: await this.standing(),
    };
  }

  /** “2026-11-24 09:30” of the trial's own clock. */
  timeText(): string {
    return shanghaiTime(this.house.clock.now());
  }
}
