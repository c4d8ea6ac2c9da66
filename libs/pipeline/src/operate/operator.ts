import { hostname, userInfo } from 'node:os';
import { ErrorWithHint } from '@sluice/process';

/** Who does this, for the audit: `user@host` as the operating system has them. */
export function operator(): string {
  return `${userInfo().username}@${hostname()}`;
}

/** An operator's command cannot be carried out; nothing was changed. */
export class OperationRefused extends ErrorWithHint {
  override readonly name = 'OperationRefused';
}
