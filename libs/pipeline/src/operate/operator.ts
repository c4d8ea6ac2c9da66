import { hostname, userInfo } from 'node:os';

/** Who does this, for the audit: `user@host` as the operating system has them. */
export function operator(): string {
  return `${userInfo().username}@${hostname()}`;
}

/** An operator's command cannot be carried out; nothing was changed. `hint` says what to do. */
export class OperationRefused extends Error {
  override readonly name = 'OperationRefused';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}
