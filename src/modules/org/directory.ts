import type { LocalDate } from '../../kernel/clock.ts';

/** The organisation as data: shape of `data/org.json`, and of what `loadDirectory` reads from the tables. */
export interface OrgData {
  bureaus: Bureau[];
  functions: { code: string; name: string }[];
  departments: Department[];
  posts: Post[];
  users: OrgUser[];
  leaders: Leaders[];
  delegations: Delegation[];
  vacantPosts: VacantPost[];
}
export interface Bureau {
  code: string;
  name: string;
  shortName: string;
  level: 'CITY' | 'COUNTY';
  parent: string | null;
}
export interface Department {
  code: string;
  orgCode: string;
  name: string;
  kind: string;
  functions: string[];
  parent: string | null;
  /** Takes part in handling demands. */
  participates: boolean;
}
export interface Post {
  code: string;
  orgCode: string;
  departmentCode: string;
  type: string;
  name: string;
  holder: string | null;
}
export interface OrgUser {
  login: string;
  name: string;
  orgCode: string;
  departmentCode: string;
  posts: string[];
  roles: string[];
  status: string;
}
export interface Leaders {
  orgCode: string;
  chiefPost: string;
  /** Departments the chief is in charge of directly. */
  chiefDirect: string[];
  deputies: { post: string; departments: string[] }[];
}
export interface Delegation {
  id: string;
  principalPost: string | null;
  principal: string;
  delegate: string;
  mode: string;
  scope: string[];
  /** First and last day, both included. */
  from: LocalDate;
  to: LocalDate;
  reason: string;
}
export interface VacantPost {
  post: string;
  since: LocalDate;
  /** Who covers it, `CHIEF`. */
  coveredBy: string;
}

/** A pure snapshot of the organisation that answers questions about a day. */
export class OrgDirectory {
  readonly data: OrgData;
  readonly #bureaus: Map<string, Bureau>;
  readonly #departments: Map<string, Department>;
  readonly #posts: Map<string, Post>;
  readonly #users: Map<string, OrgUser>;
  readonly #leaders: Map<string, Leaders>;
  readonly #members = new Map<string, OrgUser[]>();

  constructor(data: OrgData) {
    this.data = data;
    this.#bureaus = new Map(data.bureaus.map((bureau) => [bureau.code, bureau]));
    this.#departments = new Map(data.departments.map((department) => [department.code, department]));
    this.#posts = new Map(data.posts.map((post) => [post.code, post]));
    this.#users = new Map(data.users.map((user) => [user.login, user]));
    this.#leaders = new Map(data.leaders.map((leaders) => [leaders.orgCode, leaders]));
    for (const user of data.users) {
      for (const code of this.departmentsOfUser(user.login))
        this.#members.set(code, [...(this.#members.get(code) ?? []), user]);
    }
  }

  bureau(code: string): Bureau | undefined {
    return this.#bureaus.get(code);
  }
  bureaus(): readonly Bureau[] {
    return this.data.bureaus;
  }
  /** The bureau one level up; undefined for the city. */
  superiorBureau(orgCode: string): Bureau | undefined {
    const parent = this.bureau(orgCode)?.parent;
    return parent ? this.bureau(parent) : undefined;
  }
  department(code: string): Department | undefined {
    return this.#departments.get(code);
  }
  departmentsOf(orgCode: string): Department[] {
    return this.data.departments.filter((department) => department.orgCode === orgCode);
  }
  /** Departments of a bureau with a function, in the order of the file: the first is the one in charge. */
  departmentsByFunction(orgCode: string, functionCode: string): Department[] {
    return this.data.departments.filter(
      (department) => department.orgCode === orgCode && department.functions.includes(functionCode),
    );
  }
  taxServiceDepartment(orgCode: string): Department | undefined {
    return this.departmentsByFunction(orgCode, 'TAXPAYER_SERVICE')[0];
  }

  post(code: string): Post | undefined {
    return this.#posts.get(code);
  }
  vacancy(postCode: string, date: LocalDate): VacantPost | undefined {
    return this.data.vacantPosts.find((vacant) => vacant.post === postCode && vacant.since <= date);
  }
  /** The person in a post on a day; undefined when vacant or the holder is not active. */
  holderOf(postCode: string, date: LocalDate): OrgUser | undefined {
    const holder = this.post(postCode)?.holder;
    if (!holder || this.vacancy(postCode, date)) return undefined;
    return this.activeUser(holder);
  }
  isVacant(postCode: string, date: LocalDate): boolean {
    return this.holderOf(postCode, date) === undefined;
  }

  user(login: string): OrgUser | undefined {
    return this.#users.get(login);
  }
  activeUser(login: string): OrgUser | undefined {
    const user = this.#users.get(login);
    return user?.status === 'ACTIVE' ? user : undefined;
  }
  /** The home department and every department the person holds a post in. */
  departmentsOfUser(login: string): string[] {
    const user = this.#users.get(login);
    if (!user) return [];
    const held = user.posts.flatMap((code) => this.#posts.get(code)?.departmentCode ?? []);
    return [...new Set([user.departmentCode, ...held])];
  }
  usersInDepartment(code: string): OrgUser[] {
    return (this.#members.get(code) ?? []).filter((user) => user.status === 'ACTIVE');
  }
  usersWithRole(orgCode: string, role: string): OrgUser[] {
    return this.data.users.filter(
      (user) => user.orgCode === orgCode && user.status === 'ACTIVE' && user.roles.includes(role),
    );
  }

  leaders(orgCode: string): Leaders | undefined {
    return this.#leaders.get(orgCode);
  }
  /**
   * Post of the leader in charge of a department: its deputy, or the chief for departments under the chief directly.
   * A branch (税务所, 分局) that nobody is in charge of by name follows the department it belongs to.
   */
  leaderPostFor(departmentCode: string): string | undefined {
    const department = this.department(departmentCode);
    const leaders = this.leaders(department?.orgCode ?? '');
    if (!department || !leaders) return undefined;
    const inCharge = leaders.deputies.find((deputy) => deputy.departments.includes(departmentCode))?.post;
    if (inCharge || leaders.chiefDirect.includes(departmentCode)) return inCharge ?? leaders.chiefPost;
    const above = department.parent ? this.department(department.parent) : undefined;
    return above && above.code !== departmentCode ? this.leaderPostFor(above.code) : leaders.chiefPost;
  }

  /** Delegations of a person in force on a day, for a scope (`ALL` covers every scope). */
  delegationsFrom(login: string, date: LocalDate, scope?: string): Delegation[] {
    return this.data.delegations.filter(
      (item) =>
        item.principal === login &&
        item.from <= date &&
        date <= item.to &&
        (!scope || item.scope.includes('ALL') || item.scope.includes(scope)),
    );
  }
  delegationsTo(login: string, date: LocalDate): Delegation[] {
    return this.data.delegations.filter((item) => item.delegate === login && item.from <= date && date <= item.to);
  }
}
