import { ChangedFile, SourceAway, UnreadableFile } from '../errors.ts';

/** What a failed request says: that there is no such object, that it is another one now, that it cannot be read, or nothing of it. */
type Kind = 'absent' | 'changed' | 'unreadable' | 'away';

/** Codes of status 400 and 403 that concern this process or the whole bucket, whatever the object. */
const OF_THE_STORE = new Set([
  ...['RequestTimeTooSkewed', 'ExpiredToken', 'InvalidToken', 'TokenRefreshRequired', 'InvalidAccessKeyId'],
  ...['SignatureDoesNotMatch', 'AccountProblem', 'AllAccessDisabled', 'NotSignedUp', 'RequestTimeout'],
  ...['AuthorizationHeaderMalformed', 'InvalidClientTokenId', 'UnrecognizedClientException', 'BadRequest'],
]);

const OTHER_REGION = 'the bucket is in another region: name it as "region" in the sourceOptions of the feed';
const CREDENTIALS = 'give this process a role, a profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';

/** What a person can do about a store, by the code of its error. */
const STORE_HINTS: Readonly<Record<string, string>> = {
  PermanentRedirect: OTHER_REGION,
  AuthorizationHeaderMalformed: OTHER_REGION,
  RequestTimeTooSkewed: 'the clock of this machine is wrong: set it',
  ExpiredToken: 'the credentials have expired: renew them',
  CredentialsProviderError: `no credentials were found: ${CREDENTIALS}`,
  InvalidAccessKeyId: `the store does not know these credentials: ${CREDENTIALS}`,
  SignatureDoesNotMatch: `the secret key is wrong: ${CREDENTIALS}`,
  NoSuchBucket: 'there is no such bucket: see to its name, its region and the endpoint',
  AccessDenied: 'this role may not do that: "sluice doctor" shows the policy that it needs',
};

/** What a person can do about an object. */
const OBJECT_HINTS: Readonly<Record<string, string>> = {
  InvalidObjectState: 'its storage class is an archive: restore it, or take it away',
  AccessDenied: 'give this role the right to read it and its key, or take it away',
  InvalidRequest:
    'it may be encrypted with a key of a customer: take it away, or encrypt it with a key of the store',
};

interface Failed {
  readonly code: string;
  readonly message: string;
  readonly status: number | undefined;
}

/** A failed request, as the SDK throws it. Errors of HEAD have no name, so the status decides. */
export function failedOf(error: unknown): Failed {
  const { name, message } = asError(error);
  const about = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  const status =
    typeof about === 'object' && about !== null && 'httpStatusCode' in about
      ? about.httpStatusCode
      : undefined;
  return { code: name, message, status: typeof status === 'number' ? status : undefined };
}

/** What a failed request for one object says. */
export function kindOf(error: unknown): Kind {
  const { code, status } = failedOf(error);
  if (code === 'NoSuchBucket' || OF_THE_STORE.has(code)) return 'away';
  if (status === 404 || status === 405) return 'absent';
  if (status === 412 || status === 416) return 'changed';
  return status === 403 || status === 400 ? 'unreadable' : 'away';
}

/** The store cannot be used now: it does not answer, or refuses this process. */
export function away(place: string, cause: unknown): Error {
  if (cause instanceof SourceAway) return cause;
  const { code, message, status } = failedOf(cause);
  // Errors of the connection have a code of the system, and a name that says nothing.
  const system = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  const words = /abort|timeout/i.test(code)
    ? 'it does not answer in time'
    : status === undefined
      ? message || String(system)
      : `it answers ${status} ${code}`;
  const hint = STORE_HINTS[code] ?? 'see to the store, the network and the endpoint of the feed';
  return new SourceAway(`the source ${place} cannot be asked: ${words}`, {
    ...{ code: (status === undefined && system) || code, hint, cause },
    missing: code === 'NoSuchBucket',
  });
}

/** The error of a request for one object that is there, as the port throws it. */
export function ofObject(place: string, file: string, error: unknown): Error {
  if (error instanceof UnreadableFile || error instanceof ChangedFile) return error;
  const kind = error instanceof SourceAway ? 'away' : kindOf(error);
  if (kind === 'away') return away(place, error);
  if (kind !== 'unreadable') return new ChangedFile(file);
  const { code } = failedOf(error);
  const hint = OBJECT_HINTS[code] ?? 'see to the object, or take it away';
  return new UnreadableFile(file, { code, hint, cause: asError(error) });
}

/** Without an ETag, nothing tells two contents of a key apart. */
export function withoutTag(file: string): UnreadableFile {
  const hint = 'the store has to give ETags: use another store';
  return new UnreadableFile(file, {
    code: 'NoETag',
    hint,
    cause: new Error('the store gives no ETag of it'),
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
