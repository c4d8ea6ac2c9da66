import 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** The PostgreSQL that the test run shares; make a database of your own on it. */
    readonly postgresUrl: string;
    /** The Redis that the test run shares; use a prefix of your own. */
    readonly redisUrl: string;
  }
}
