/** A choice of a list: what is stored and how people call it. */
export interface Choice {
  value: string;
  title: string;
}

/** A job a program does: its name, what it does, what it writes, and the headers it reads with their choices. */
export interface JobChoice extends Choice {
  about: string;
  gives: readonly string[];
  headers: readonly { key: string; title: string; choices: readonly Choice[] }[];
}

/** Everything a diagram may name, from the house's own tables: nobody types a job type or a group. */
export interface DesignWords {
  /** Each with what it asks for and the address of its page. */
  forms: readonly (Choice & { fields: readonly string[]; home: string })[];
  groups: readonly Choice[];
  clocks: readonly Choice[];
  ruleSets: readonly Choice[];
  processes: readonly Choice[];
  jobs: readonly JobChoice[];
  messages: readonly (Choice & { correlationKey: string })[];
}
