/** A problem answered by the API, with what it said. */
export class ApiProblem extends Error {
  override name = 'ApiProblem';
  readonly status: number;
  readonly problem: Record<string, unknown>;
  constructor(status: number, problem: Record<string, unknown>) {
    super(`${status} ${String(problem.code ?? '')} ${String(problem.detail ?? problem.title ?? '')}`);
    this.status = status;
    this.problem = problem;
  }
}

/** The REST API as one person uses it. */
export class ApiClient {
  readonly #base: string;
  readonly #token: string;

  constructor(base: string, token: string) {
    this.#base = `${base}/api/v1`;
    this.#token = token;
  }

  get<T>(path: string): Promise<T> {
    return this.#ask('GET', path);
  }

  post<T>(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<T> {
    return this.#ask('POST', path, body, headers);
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.#ask('PUT', path, body);
  }

  /** Sends a form with files. */
  async upload<T>(path: string, form: FormData): Promise<T> {
    return this.#answer(
      await fetch(this.#base + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.#token}` },
        body: form,
      }),
    );
  }

  async #ask<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const response = await fetch(this.#base + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return this.#answer(response);
  }

  async #answer<T>(response: Response): Promise<T> {
    const text = await response.text();
    const answer = text === '' ? {} : JSON.parse(text);
    if (!response.ok) throw new ApiProblem(response.status, answer);
    return answer as T;
  }
}
