import { hostname, userInfo } from 'node:os';
import { ErrorWithHint } from '@sluice/process';

/** The person who does this, for the audit: `user@host` from the operating system. */
export function operator(): string {
  return `${userInfo().username}@${hostname()}`;
}

/** An operator's command cannot be carried out; nothing was changed. */
export class OperationRefused extends ErrorWithHint {
  override readonly name = 'OperationRefused';
}
