import type { Route } from '../route.ts';
import type { JsonSchema } from './json-schema.ts';
import type { QuerySpec } from './read-query.ts';

/** A route of the API with its description: OpenAPI is made from this table, so that it cannot say something else than the handlers do. */
export interface ApiRoute extends Route {
  summary: string;
  /** Query parameters; what is not named here is refused. */
  query?: QuerySpec;
  /** Request headers worth knowing. */
  headers?: Record<string, { schema: JsonSchema; description: string }>;
  body?: JsonSchema;
  /** The request is multipart/form-data with these fields. */
  upload?: JsonSchema;
  /** Answers besides the usual problems; null: no content. */
  answers: Record<number, { description: string; schema: JsonSchema | null }>;
  /** Statuses of problems beyond those every route may give. */
  problems?: number[];
}
