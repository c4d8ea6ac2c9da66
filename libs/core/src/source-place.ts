import { z } from 'zod';

const text = (allowed: string) => z.string({ error: allowed }).min(1, { error: allowed });
const yesOrNo = z.boolean({ error: 'true or false' });

const HOST_KEY = 'a public key such as "ssh-ed25519 AAAA...", or its fingerprint such as SHA256:...';

/** How a source that is no folder is reached, and how its files arrive. It holds no secret: a key lies in a file, or in an agent. */
export const sourceOptions = z.strictObject(
  {
    region: text('the name of a region, such as eu-central-1')
      .optional()
      .describe('s3: The region of the bucket. Default: that of the environment.'),
    endpoint: z
      .url({ protocol: /^https?$/, error: 'an address that begins with https:// or http://' })
      .optional()
      .describe('s3: The address of a store other than that of AWS. Default: AWS.'),
    pathStyle: yesOrNo
      .optional()
      .describe(
        's3: Whether the bucket stands in the path of an address and not in its host. Default: false.',
      ),
    auth: z
      .strictObject(
        {
          keyFile: text('the path of a private key').optional().describe('The path of a private key.'),
          agent: z
            .union([yesOrNo, text('')], { error: 'true, false, or the path of the socket of an agent' })
            .optional()
            .describe(
              'Whether the agent of SSH_AUTH_SOCK is asked, or the path of the socket of one. Default: false.',
            ),
          knownHosts: text('the path of a file such as ~/.ssh/known_hosts')
            .optional()
            .describe('A file of known hosts, which has the key of the server.'),
          hostKey: z
            .string({ error: HOST_KEY })
            .regex(/^(?:SHA256:[A-Za-z0-9+/]{43}=?|[a-z0-9-]+ [A-Za-z0-9+/]+={0,2}(?: .*)?)$/, {
              error: HOST_KEY,
            })
            .optional()
            .describe(
              'The public key of the server, such as ssh-ed25519 AAAA..., or its fingerprint such as SHA256:...',
            ),
        },
        { error: 'words such as { keyFile: keys/partner, knownHosts: keys/known_hosts }' },
      )
      .optional()
      .describe('sftp: How this side shows who it is, and by what the server is recognised.'),
  },
  { error: 'words such as { region: eu-central-1 }' },
);

export type SourceOptions = Readonly<z.output<typeof sourceOptions>>;

interface Kind {
  readonly form: RegExp;
  readonly allowed: string;
  /** The words of {@link sourceOptions} that it understands. */
  readonly words: readonly (keyof SourceOptions)[];
  /** Its feeds take no files below folders. */
  readonly flat?: boolean;
}

/** The kinds of places by their schemes. A place without a scheme is a folder. */
const KINDS: Readonly<Record<string, Kind>> = {
  s3: {
    form: /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[^\p{Cc}]*)?$/u,
    allowed: 's3://bucket or s3://bucket/prefix',
    words: ['region', 'endpoint', 'pathStyle'],
  },
  sftp: {
    form: /^sftp:\/\/[^\s:@/]+@[^\s:@/]+(?::\d{1,5})?(?:\/[^\p{Cc}]*)?$/u,
    allowed: 'sftp://user@host/path, with a port after the host if it is not 22, and without a password',
    words: ['auth'],
    flat: true,
  },
};

/** The scheme of a place such as `s3://bucket/prefix`; undefined for a folder. */
export function schemeOf(place: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):\/\//i.exec(place)?.[1]?.toLowerCase();
}

/** What a place may be instead; undefined when it is one. */
export function placeMistake(place: string): string | undefined {
  const scheme = schemeOf(place);
  if (scheme === undefined) return undefined;
  const kind = new Map(Object.entries(KINDS)).get(scheme);
  if (kind === undefined)
    return `the path of a folder, ${Object.values(KINDS)
      .map(({ allowed }) => allowed)
      .join(', or ')}`;
  return kind.form.test(place) ? undefined : kind.allowed;
}

/** The words of {@link sourceOptions} that a place understands. */
export function optionsOf(place: string): readonly (keyof SourceOptions)[] {
  return new Map(Object.entries(KINDS)).get(schemeOf(place) ?? '')?.words ?? [];
}

/** Whether the feeds of a place take only files that lie directly in it. */
export function isFlat(place: string): boolean {
  return new Map(Object.entries(KINDS)).get(schemeOf(place) ?? '')?.flat ?? false;
}

/** The text of a place below another one. Names are taken as they are. */
export function placeIn(place: string, ...names: readonly string[]): string {
  return [place.replace(/(?<=[^/])\/+$/, ''), ...names].join('/').replace(/^\/\/+/, '/');
}
