/** Something cannot be done, and `hint` says what to do about it. It is reported without its stack. */
export class ErrorWithHint extends Error {
  override readonly name: string = 'ErrorWithHint';
  readonly hint: string;

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/** The code of a system error, such as `ENOENT`, or the error as text when it has no code. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** The message of an error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
