/** Something cannot be done, and `hint` says what to do about it. It is told without its stack. */
export class ErrorWithHint extends Error {
  override readonly name: string = 'ErrorWithHint';
  readonly hint: string;

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
