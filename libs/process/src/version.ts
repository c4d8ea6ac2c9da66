import about from '../../../package.json' with { type: 'json' };

/** The version of Sluice from the root package.json. */
export const version: string = about.version;
