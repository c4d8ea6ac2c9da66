import type { Start } from '../start.ts';

/** How long starting takes, for people. */
export function startPage({ banner, status, rounds, nodeModulesMb }: Start): string {
  const all = (name: 'banner' | 'status') => rounds.map((round) => round[name].toFixed(2)).join(', ');
  return `
"npm start" to its banner, with servers that were started before: ${banner.toFixed(2)} s (${all('banner')})
"node apps/cli/src/main.ts status", the second call: ${status.toFixed(2)} s (${all('status')})
node_modules of this installation: ${nodeModulesMb.toFixed(0)} MB
`;
}
