/** Something cannot be done, and `hint` says what to do about it. It is told without its stack. */
export class ErrorWithHint extends Error {
  override readonly name: string = 'ErrorWithHint';
  readonly hint: string;

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/** The code of an error of the system, such as `ENOENT`; the error in words when it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** What went wrong, in the words of the error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
