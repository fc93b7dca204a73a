/** A person at a browser without JavaScript: signs in, follows redirects by hand, posts the forms the pages offer. */
export class Visitor {
  readonly #base: string;
  #cookies = new Map<string, string>();
  #csrf = '';

  constructor(base: string) {
    this.#base = base;
  }

  static async signIn(base: string, login: string, password = 'suying-demo-2026'): Promise<Visitor> {
    const visitor = new Visitor(base);
    await visitor.get('/login');
    const answer = await visitor.post('/login', { login, username: login, password });
    if (answer.status !== 303)
      throw new Error(`${login} could not sign in: ${answer.status} ${answer.text.slice(0, 300)}`);
    await visitor.get('/me');
    return visitor;
  }

  get(path: string): Promise<Seen> {
    return this.#ask('GET', path);
  }

  /** Posts fields with the page's CSRF token; a redirect is not followed. */
  post(path: string, fields: Record<string, string | readonly string[]> = {}): Promise<Seen> {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries({ _csrf: this.#csrf, ...fields }))
      for (const item of typeof value === 'string' ? [value] : value) body.append(name, item);
    return this.#ask('POST', path, body);
  }

  /** Opens a page and posts its form (the one whose action is given) with what it holds already and the fields. */
  async fill(path: string, action: string, fields: Record<string, string | readonly string[]> = {}): Promise<Seen> {
    const page = await this.get(path);
    return this.post(action, { ...page.hidden(action), ...fields });
  }

  /** Posts a form with files, as bytes under the names somebody gave them. */
  upload(
    path: string,
    fields: Record<string, string>,
    files: readonly { field: string; name: string; content: Uint8Array }[],
  ): Promise<Seen> {
    const body = new FormData();
    for (const [name, value] of Object.entries({ _csrf: this.#csrf, ...fields })) body.append(name, value);
    for (const { field, name, content } of files) body.append(field, new Blob([Uint8Array.from(content)]), name);
    return this.#ask('POST', path, body);
  }

  async #ask(method: string, path: string, body?: URLSearchParams | FormData): Promise<Seen> {
    const response = await fetch(new URL(path, this.#base), {
      method,
      redirect: 'manual',
      headers: { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(body ? { body } : {}),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair] = cookie.split(';');
      const at = pair!.indexOf('=');
      this.#cookies.set(pair!.slice(0, at), pair!.slice(at + 1));
    }
    const html = await response.text();
    this.#csrf = /name="_csrf" value="([^"]*)"/.exec(html)?.[1] ?? this.#csrf;
    return new Seen(response.status, response.headers.get('location'), html);
  }
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#34': '"', '#39': "'" };
const plain = (html: string): string =>
  html.replace(/&(amp|lt|gt|quot|#34|#39);/g, (_, name: string) => ENTITIES[name]!);

/** What came back. */
export class Seen {
  readonly status: number;
  readonly location: string | null;
  readonly html: string;
  constructor(status: number, location: string | null, html: string) {
    this.status = status;
    this.location = location;
    this.html = html;
  }

  /** Words of the main part, as read aloud. */
  get text(): string {
    const main = /<main[\s\S]*<\/main>/.exec(this.html)?.[0] ?? this.html;
    return plain(main.replace(/<svg[\s\S]*?<\/svg>/g, '').replace(/<[^>]+>/g, ' '))
      .replace(/\s+/g, ' ')
      .trim();
  }

  /** Hidden fields of the form with this action. */
  hidden(action: string): Record<string, string> {
    const forms = [...this.html.matchAll(/<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)];
    const form = forms.find(([, to]) => plain(to!) === action)?.[2] ?? '';
    return Object.fromEntries(
      [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [
        name!,
        plain(value!),
      ]),
    );
  }

  /** Where links lead whose words contain a text. */
  link(words: string): string | undefined {
    const found = [...this.html.matchAll(/<a[^>]*href="([^"]*)"[^>]*>([\s\S]*?)<\/a>/g)].find(([, , text]) =>
      plain(text!.replace(/<[^>]+>/g, '')).includes(words),
    );
    return found && plain(found[1]!);
  }
}
