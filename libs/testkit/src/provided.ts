import 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** The PostgreSQL that all tests of a run share. Each test makes its own database on it. */
    readonly postgresUrl: string;
    /** The Redis that all tests of a run share. Each test uses its own prefix. */
    readonly redisUrl: string;
  }
}
