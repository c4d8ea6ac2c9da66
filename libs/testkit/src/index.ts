/** Only tests, and the crash lab, stop a process at a kill point. */
export { onKillPoint } from '@sluice/process';
export { type CorpusCase, type CorpusRow, corpus, placeCase } from './corpus.ts';
export { AppProcess, Fleet } from './fleet.ts';
export { type OwnServer, ownPostgres, ownRedis } from './own-server.ts';
export { type S3Fault, type S3Request, S3Server } from './s3-server.ts';
export { STATUS as SFTP_STATUS } from './sftp-files.ts';
export { SftpServer } from './sftp-server.ts';
export { tempFolder } from './temp-folder.ts';
export { testDatabase, testLedger, testRedis } from './test-stores.ts';
export { certificate, privateKey, setPostgresTls, setRedisTls } from './tls.ts';
export { waitFor } from './wait-for.ts';
