import type { TestHouse } from './house.ts';

export interface Page {
  status: number;
  headers: Headers;
  html: string;
  /** The address after redirects. */
  path: string;
}

/** Somebody who goes where redirects lead: keeps cookies, sends the forms of the page it is on. */
export class Follower {
  readonly #address: string;
  readonly #cookies = new Map<string, string>();
  /** The page it is on. */
  page: Page = { status: 0, headers: new Headers(), html: '', path: '/' };

  constructor(house: Pick<TestHouse, 'address'>) {
    this.#address = house.address;
  }

  /** Signs in through the form. */
  static async signedIn(house: TestHouse, login: string, password = 'suying-demo-2026'): Promise<Follower> {
    const visitor = new Follower(house);
    await visitor.get('/login');
    await visitor.post('/login', { login, password });
    return visitor;
  }

  get csrf(): string {
    return /name="_csrf" value="([^"]+)"/.exec(this.page.html)?.[1] ?? '';
  }

  cookie(name: string): string | undefined {
    return this.#cookies.get(name);
  }
  setCookie(name: string, value: string): void {
    this.#cookies.set(name, value);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.#go(path, { headers });
  }

  /** A file, byte for byte; the page it is on stays. */
  async bytes(path: string): Promise<{ status: number; type: string; bytes: Buffer }> {
    const answer = await fetch(new URL(path, this.#address), {
      headers: { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    return {
      status: answer.status,
      type: answer.headers.get('content-type') ?? '',
      bytes: Buffer.from(await answer.arrayBuffer()),
    };
  }

  /** Sends fields as the form of the page it is on would. */
  post(
    path: string,
    fields: Record<string, string | string[]>,
    options: { headers?: Record<string, string>; csrf?: string } = {},
  ): Promise<Page> {
    const body = new URLSearchParams({ _csrf: options.csrf ?? this.csrf });
    for (const [name, value] of Object.entries(fields)) for (const item of [value].flat()) body.append(name, item);
    return this.#go(path, {
      method: 'POST',
      body,
      headers: {
        referer: this.#address + this.page.path,
        origin: this.#address,
        'sec-fetch-site': 'same-origin',
        ...options.headers,
      },
    });
  }

  async #go(path: string, init: RequestInit, hops = 0): Promise<Page> {
    const answer = await fetch(new URL(path, this.#address), {
      ...init,
      redirect: 'manual',
      headers: {
        cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        accept: 'text/html',
        ...(init.headers as Record<string, string>),
      },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) this.#cookies.delete(name!);
      else this.#cookies.set(name!, value!);
    }
    const location = answer.headers.get('location');
    if (answer.status >= 300 && answer.status < 400 && location) {
      if (hops > 5) throw new Error(`too many redirects, at ${location}`);
      return this.#go(new URL(location, new URL(path, this.#address)).href.slice(this.#address.length), {}, hops + 1);
    }
    const page = { status: answer.status, headers: answer.headers, html: await answer.text(), path };
    this.page = page;
    return page;
  }

  /** What a person reads in the page's main part. */
  get text(): string {
    const main = /<main[\s\S]*<\/main>/.exec(this.page.html)?.[0] ?? this.page.html;
    return main
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .replaceAll('&#34;', '"')
      .replaceAll('&amp;', '&');
  }
}
