import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import type { S3Options } from './place.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

/** A client of its own for bodies: with all sockets held by bodies that nobody reads, a listing would wait without end. */
interface Clients {
  readonly sdk: Sdk;
  readonly control: S3Client;
  readonly bodies: S3Client;
}

/** How many bodies a process reads from one store at a time at most. */
const BODIES_AT_ONCE = 64;

const made = new Map<string, Promise<Clients>>();

/** The clients of a store, which all places of it in this process share. The SDK is loaded with the first of them. */
export function clientsOf(options: S3Options): Promise<Clients> {
  const key = JSON.stringify([options.region, options.endpoint, options.pathStyle]);
  const known = made.get(key) ?? make(options);
  made.set(key, known);
  // What failed, such as a profile that cannot be read, is tried again.
  known.catch(() => made.delete(key));
  return known;
}

async function make({ region, endpoint, pathStyle }: S3Options): Promise<Clients> {
  const sdk = await import('@aws-sdk/client-s3');
  const client = (maxSockets: number) => {
    const agent = { keepAlive: true, maxSockets };
    return new sdk.S3Client({
      ...(region !== undefined && { region }),
      // Other stores do not look at the region, but each signature needs one.
      ...(endpoint !== undefined && { endpoint, ...(region === undefined && { region: 'us-east-1' }) }),
      ...(pathStyle !== undefined && { forcePathStyle: pathStyle }),
      // Many stores know no checksums of the SDK. The count of bytes and the ETag say whether a body is whole.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 3,
      requestHandler: { connectionTimeout: 5_000, httpAgent: agent, httpsAgent: agent },
    });
  };
  return { sdk, control: client(16), bodies: client(BODIES_AT_ONCE) };
}

/** Ends a body that nobody reads to its end, which would keep its connection. */
export function endBody(body: GetObjectCommandOutput['Body']): void {
  if (body !== undefined && 'destroy' in body) body.destroy();
}
