import type { Done, Session } from './answers.ts';

/** The server answered, but refused the request. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly code: string;
  readonly hint: string | null;
  readonly since: string | null;

  constructor(
    status: number,
    error: { code?: string; message?: string; hint?: string | null; since?: string | null },
  ) {
    super(error.message ?? `the server answered ${status}`);
    this.status = status;
    this.code = error.code ?? 'fault';
    this.hint = error.hint ?? null;
    this.since = error.since ?? null;
  }
}

/** The server did not answer at all. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

const TIMEOUT_MS = 15_000;

type Query = Readonly<Record<string, string | number | readonly string[] | null | undefined>>;

/** A client of the JSON API, which is the same for every program. */
export class Api {
  #session: Promise<Session> | undefined;

  session(): Promise<Session> {
    this.#session ??= this.get<Session>('/api/session').catch((error: unknown) => {
      this.#session = undefined;
      throw error;
    });
    return this.#session;
  }

  async get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
    const asked = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value === null || value === undefined || value === '') continue;
      for (const one of Array.isArray(value) ? value : [value]) asked.append(name, String(one));
    }
    return await this.#ask<T>(asked.size === 0 ? path : `${path}?${asked}`, { signal: signal ?? null });
  }

  /** Like `get`, but gives null while a server that it needs is away. The health line already says so. */
  async getOrNull<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T | null> {
    try {
      return await this.get<T>(path, query, signal);
    } catch (error) {
      if (error instanceof Refused && error.code.endsWith('_away')) return null;
      throw error;
    }
  }

  async act<T = Done>(
    action: 'ack' | 'retry' | 'replay' | 'pause' | 'resume' | 'find' | 'reject' | 'correct',
    body: object,
  ): Promise<T> {
    const { csrf } = await this.session();
    try {
      return await this.#ask<T>(`/api/actions/${action}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-sluice-csrf': csrf },
        body: JSON.stringify(body),
      });
    } catch (error) {
      // A new log-in has another token, so the next try asks for the session again.
      if (error instanceof Refused && error.code === 'csrf') this.#session = undefined;
      throw error;
    }
  }

  async #ask<T>(address: string, init: RequestInit): Promise<T> {
    const signals = [AbortSignal.timeout(TIMEOUT_MS), ...(init.signal ? [init.signal] : [])];
    let response: Response;
    try {
      response = await fetch(address, {
        ...init,
        headers: { accept: 'application/json', ...init.headers },
        signal: AbortSignal.any(signals),
        credentials: 'same-origin',
      });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new Unreachable('the dashboard does not answer', { cause: error });
    }
    const answer: unknown = await response.json().catch(() => ({}));
    if (response.ok) return answer as T;
    const refused = new Refused(response.status, (answer as { error?: object }).error ?? {});
    // The log-in page also says why nobody can log in.
    if (response.status === 401 || refused.code === 'nobody_gets_in')
      location.assign(`/login?to=${encodeURIComponent(`/${location.hash}`)}`);
    throw refused;
  }
}
