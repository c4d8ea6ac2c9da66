import { readFile } from 'node:fs/promises';
import { messageOf } from '@sluice/process';
import type { AuthenticationType, ConnectConfig, ParsedKey } from 'ssh2';
import { SourceAway } from '../errors.ts';
import { fingerprintOf } from './host-key.ts';

/** By what this side shows who it is. There are no passwords. */
export interface Credentials {
  /** The path of a private key without a passphrase. */
  readonly keyFile?: string | undefined;
  /** The socket of an agent, or whether that of SSH_AUTH_SOCK is asked. */
  readonly agent?: boolean | string | undefined;
}

/** What a connection needs to log in. */
export interface Login {
  readonly settings: Pick<ConnectConfig, 'privateKey' | 'agent'> & {
    readonly authHandler: AuthenticationType[];
  };
  /** What is shown to the server, for messages. */
  readonly shows: string;
}

/**
 * Reads the key again each time, because it may have been replaced.
 *
 * @throws {SourceAway} when there is neither a key nor an agent
 */
export async function loginOf({ keyFile, agent }: Credentials): Promise<Login> {
  const socket = agent === true ? process.env.SSH_AUTH_SOCK : agent;
  if (agent === true && socket === undefined)
    throw refused('auth: { agent: true } is set, and there is no SSH_AUTH_SOCK in the environment', AGENT);
  const key = keyFile === undefined ? undefined : await readKey(keyFile);
  if (key === undefined && !socket)
    throw refused('neither keyFile nor agent says how to log in', 'name one of them in auth');
  const agentToo = typeof socket === 'string' && socket !== '';
  return {
    settings: {
      ...(key !== undefined && { privateKey: key.private }),
      ...(agentToo && { agent: socket }),
      authHandler: [
        ...(key === undefined ? [] : ['publickey' as const]),
        ...(agentToo ? ['agent' as const] : []),
      ],
    },
    shows: [
      ...(key === undefined ? [] : [`the key ${key.print} of ${keyFile}`]),
      ...(agentToo ? [`the keys of the agent at ${socket}`] : []),
    ].join(' and '),
  };
}

const AGENT =
  'start an agent and give its SSH_AUTH_SOCK to this process, or name the socket: agent: /run/agent.sock';

async function readKey(file: string): Promise<{ readonly private: Buffer; readonly print: string }> {
  const { default: ssh2 } = await import('ssh2');
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw refused(
      `the key ${file} cannot be read: ${messageOf(error)}`,
      'see to the file and its rights',
      error,
    );
  }
  const parsed: ParsedKey | Error = ssh2.utils.parseKey(bytes);
  if (parsed instanceof Error)
    throw refused(
      `the key ${file} cannot be used: ${parsed.message}`,
      'name a private key without a passphrase in keyFile, or load the key into an agent and set auth: { agent: true }',
    );
  if (!parsed.isPrivateKey())
    throw refused(`the key ${file} is a public one`, 'name the private key, which has no .pub at its end');
  return { private: bytes, print: fingerprintOf(parsed.getPublicSSH()) };
}

function refused(message: string, hint: string, cause?: unknown): SourceAway {
  return new SourceAway(message, { code: 'KEY', hint, cause });
}
