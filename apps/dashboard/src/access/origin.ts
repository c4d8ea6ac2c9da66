import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

/** The address, or the whole range that one machine can choose from: an IPv6 /64, or the loopback addresses. */
export function networkOf(address: string): string {
  const bare = address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
  if (isLoopback(bare)) return 'loopback';
  if (isIP(bare) !== 6) return bare;
  const [head = '', tail = ''] = bare.split('::');
  const parts = [head, tail].map((half) => (half === '' ? [] : half.split(':')));
  const [first = [], last = []] = parts;
  const groups = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => '0'), ...last];
  return groups.slice(0, 4).join(':');
}

/** Whether the browser says that a request comes from a page of this server. `unknown` means that no header says so. */
export function originOf(request: FastifyRequest): 'own' | 'other' | 'unknown' {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'other';
  if (origin === undefined) return site === 'same-origin' ? 'own' : 'unknown';
  return URL.canParse(origin) && new URL(origin).host === host ? 'own' : 'other';
}
