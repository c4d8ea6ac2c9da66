import about from '../../../package.json' with { type: 'json' };

/** The version of Sluice, as the root package.json has it. */
export const version: string = about.version;
