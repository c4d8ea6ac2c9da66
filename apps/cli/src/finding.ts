/** The result of one check. If it is not ok, `fix` says what to do. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'wrong';
  readonly found: string;
  readonly fix?: string;
}

/** A finding without the name of its check. */
export type Judged = Omit<Finding, 'check'>;
