import type { StoredObject } from './s3-store.ts';

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A page of a listing. It shows milliseconds, where the headers of an object have seconds, as several stores do. */
export function listXml(prefix: string, page: readonly StoredObject[], next: string | undefined): string {
  const objects = page.map(
    ({ key, modifiedAt, etag, body, storageClass }) =>
      `<Contents><Key>${text(key)}</Key><LastModified>${modifiedAt.toISOString()}</LastModified>` +
      `<ETag>${text(etag)}</ETag><Size>${body.length}</Size><StorageClass>${storageClass}</StorageClass></Contents>`,
  );
  const more = next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`;
  return (
    `${HEAD}<ListBucketResult><Prefix>${text(prefix)}</Prefix><KeyCount>${page.length}</KeyCount>` +
    `<IsTruncated>${next !== undefined}</IsTruncated>${more}${objects.join('')}</ListBucketResult>`
  );
}

export function copyXml({ etag, modifiedAt }: StoredObject): string {
  const modified = `<LastModified>${modifiedAt.toISOString()}</LastModified>`;
  return `${HEAD}<CopyObjectResult><ETag>${text(etag)}</ETag>${modified}</CopyObjectResult>`;
}

export function versioningXml(versioned: boolean): string {
  const status = versioned ? '<Status>Enabled</Status>' : '';
  return `${HEAD}<VersioningConfiguration>${status}</VersioningConfiguration>`;
}

export function errorXml(code: string): string {
  return `${HEAD}<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
}

/** XML 1.0 has no way to write most control characters. Stores write them as references all the same. */
function text(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return value.replace(/[&<>"\u0000-\u001f\u007f]/gu, (one) => `&#${one.charCodeAt(0)};`);
}
