/** A client of the server's HTTP API. */
export class ServerApi {
  constructor(private readonly url: string) {}

  /** A token of the development issuer, for a customer or an operator. */
  async developmentToken(holder: { customerId: string } | { roles: string[] }): Promise<string> {
    const { token } = await this.call<{ token: string }>('POST', '/dev/token', null, holder);
    return token;
  }

  /** Throws if the status is not 2xx. */
  async call<T>(method: 'GET' | 'POST', path: string, token: string | null, body?: unknown): Promise<T> {
    const response = await fetch(new URL(path, this.url), {
      method,
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }
}
