import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { reasonLine } from '@sluice/pipeline';
import { type Logger, messageOf } from '@sluice/process';
import type { SeenHealth } from './health-watch.ts';

const TRIES = 3;
const FIRST_WAIT_MS = 1_000;
const TIMEOUT_MS = 5_000;

const IS: Readonly<Record<SeenHealth['state'], string>> = {
  running: 'is running',
  idle: 'is idle',
  attention: 'needs attention',
  stuck: 'is stuck',
};

/** Posts changes of the health to ALERT_WEBHOOK. Nothing waits for a post, and a failed post is only logged. */
export class Alerts {
  readonly #url: string | undefined;
  readonly #log: Logger;
  /** Posts go out one after the other, so that they arrive in order. */
  #sent: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(url: string | undefined, log: Logger) {
    this.#url = url;
    this.#log = log;
  }

  tell({ state, doing, reasons, since }: SeenHealth, before: SeenHealth | undefined): void {
    const url = this.#url;
    // At the start only a bad state is reported. A long queue means that the webhook takes nothing, so more changes are dropped.
    if (url === undefined || (before === undefined && reasons.length === 0) || this.#waiting > 100) return;
    const body = JSON.stringify({
      source: 'sluice',
      host: hostname(),
      at: new Date().toISOString(),
      state,
      doing,
      before: before?.state ?? null,
      since: since.toISOString(),
      reasons,
      // Chats such as Slack and Mattermost show this field.
      text: `Sluice ${IS[state]}${reasons.length > 0 ? `: ${reasons.map(reasonLine).join('; ')}` : ''}`,
    });
    this.#waiting += 1;
    this.#sent = this.#sent.then(async () => {
      await this.#post(url, body);
      this.#waiting -= 1;
    });
  }

  async #post(url: string, body: string): Promise<void> {
    let reason = '';
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      if (attempt > 0) await delay(FIRST_WAIT_MS * 2 ** (attempt - 1), undefined, { ref: false });
      try {
        const headers = { 'content-type': 'application/json' };
        const signal = AbortSignal.timeout(TIMEOUT_MS);
        const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
        await answer.body?.cancel();
        if (answer.ok) return;
        reason = `it answered ${answer.status}`;
      } catch (error) {
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
        reason = messageOf(cause);
      }
    }
    this.#log.warn({ reason, tries: TRIES }, 'ALERT_WEBHOOK did not take a change of the health');
  }
}
