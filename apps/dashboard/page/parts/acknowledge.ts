import type { Overview } from '../answers.ts';
import type { App } from '../app.ts';
import { el } from '../dom.ts';
import { ask } from './dialog.ts';
import { sentence } from './states.ts';

type Reason = Overview['health']['reasons'][number];

/** What an acknowledgement needs. Who may not act has none. */
export type Acks = Pick<App, 'api' | 'refresh'>;

/** The button that acknowledges what needs attention. */
export function acknowledge(reason: Reason, { api, refresh }: Acks): HTMLElement {
  const { code, subject, version, text } = reason;
  const next =
    'Nothing else changes. The health tells of it no more; the next occasion, such as a newer version of the file that fails, is told again.';
  return el(
    'button',
    {
      class: 'small',
      label: `Acknowledge ${subject === '' ? text : `${code} ${subject}`}`,
      attributes: { type: 'button' },
      onclick: () =>
        ask({
          title: 'Acknowledge this?',
          text: [`${sentence(text)} `, next],
          action: 'Acknowledge',
          run: async () => {
            const { message } = await api.act('ack', { code, subject, version });
            await refresh();
            return message;
          },
        }),
    },
    'Acknowledge',
  );
}
