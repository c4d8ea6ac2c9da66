import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The keys that a query may have here. Undefined: any key, as on the pages for people, whose links others may extend. */
    readonly query?: readonly string[];
    /** Set where nothing answers the method of the request: the methods that are answered at this address. */
    readonly allow?: string;
  }
}

/**
 * Notes the methods of every route that is added from now on. The function that it returns is called after the last route: it has
 * OPTIONS tell these methods at each address, and marks every other method there, which the guard then refuses with 405.
 */
export function otherMethods(app: FastifyInstance): () => void {
  const known = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    known.set(url, methods);
  });
  return () => {
    for (const [url, own] of [...known]) {
      const allow = [...own]
        .sort()
        .concat(own.has('OPTIONS') ? [] : 'OPTIONS')
        .join(', ');
      if (!own.has('OPTIONS')) {
        const tell = { method: 'OPTIONS', url, config: { query: [] } } as const;
        app.route({
          ...tell,
          handler: async (_, reply) => await reply.header('allow', allow).status(204).send(),
        });
      }
      const method = app.supportedMethods.filter((one) => one !== 'OPTIONS' && !own.has(one));
      app.route({
        method,
        url,
        config: { allow },
        handler: async (_, reply) => await reply.status(405).send(),
      });
    }
  };
}
