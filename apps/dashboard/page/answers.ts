import type { z } from 'zod';
import type * as schemas from '../src/api/schemas.ts';

/** The answers of the API, typed by its own schemas. The page has no private API. */
type Answer<Name extends keyof typeof schemas> = (typeof schemas)[Name] extends z.ZodType
  ? z.infer<(typeof schemas)[Name]>
  : never;

export type Overview = Answer<'overview'>;
export type Series = Answer<'series'>;
export type FeedList = Answer<'feedList'>;
export type FleetAnswer = Answer<'fleet'>;
export type FileList = Answer<'fileList'>;
export type FilePage = Answer<'filePage'>;
export type BatchList = Answer<'batchList'>;
export type BatchPage = Answer<'batchPage'>;
export type RejectList = Answer<'rejectList'>;
export type RejectForm = Answer<'rejectForm'>;
export type Corrected = Answer<'corrected'>;
export type QuarantineList = Answer<'quarantineList'>;
export type ConflictList = Answer<'conflictList'>;
export type Passport = Answer<'passport'>;
export type Failures = Answer<'failures'>;
export type FailurePage = Answer<'failurePage'>;
export type BatchRecords = Answer<'batchRecords'>;
export type Queues = Answer<'queues'>;
export type AuditList = Answer<'auditList'>;
export type Session = Answer<'session'>;
export type Done = Answer<'done'>;
export type Found = Answer<'found'>;
export type Range = z.infer<(typeof schemas)['rangeSchema']>;
export type Queue = z.infer<(typeof schemas)['queueName']>;
export type FileState = (typeof schemas.fileStates)[number];
export type Host = FleetAnswer['hosts'][number];
export type Reject = RejectList['rejects'][number];
