import type { EncodingName } from './encoding.ts';

/** What to say of a line whose bytes are not valid in an encoding, with the likely cause. */
export function isNotValid(encoding: EncodingName): string {
  switch (encoding) {
    case 'utf-8':
      return 'is not valid UTF-8';
    case 'utf-16le':
    case 'utf-16be':
      return `is not valid ${encoding.toUpperCase()}`;
    case 'windows-1252':
      return 'holds a byte that is no character of windows-1252: the file is in another encoding';
    default:
      return `holds a byte that is no character of ${encoding}: the file is in another encoding, often windows-1252`;
  }
}

/** What to say of a line that shows that the file is UTF-8, and not in the single-byte encoding that its feed names. */
export function isUtf8Instead(encoding: EncodingName): string {
  return `shows that the file is UTF-8, and not ${encoding}: set encoding: utf-8`;
}

/** What to do about a file that is not UTF-8. */
const ENCODING_HINT =
  'if the file is in another encoding, such as windows-1252, name it in the feed (encoding: windows-1252)';

/** What to say of a line that cannot be decoded. */
export function encodingDetail(
  { reason, detail }: { readonly reason: string; readonly detail: string | null },
  line: number,
): string {
  if (reason !== 'encoding') return detail ?? '';
  const hint = detail === 'is not valid UTF-8' ? `: ${ENCODING_HINT}` : '';
  return `line ${line} ${detail}${hint}`;
}

/** What to say of text without line ends that holds a CR. */
export const LONE_CR =
  'its lines seem to end in CR alone, which Sluice does not read: save it with LF or CRLF';

/** True when a CR stands in a line, and not only before its line end. */
export function hasLoneCr(line: string): boolean {
  return /\r(?!\n|$)/.test(line);
}
