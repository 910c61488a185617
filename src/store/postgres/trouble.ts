import { DatabaseError } from 'pg'
import { type ErrorCode, SimplaneError } from '../../domain/error.ts'
import { capital } from './address.ts'

/**
 * What PostgreSQL or the way to it threw, as what a person can act on; anything else comes back as it was. `address`
 * says where, without secrets.
 */
export function storeTrouble(error: unknown, address: string): unknown {
  const code = codeOf(error)
  if (code === undefined) return error
  const known = KNOWN.find(({ codes }) => codes.some((start) => code.startsWith(start)))
  if (known === undefined) return error
  return new SimplaneError(known.code, `${known.message(address)} (${wordsOf(error, code)}).`, {
    hint: known.hint,
    cause: error,
  })
}

/**
 * Does it help to run the same transaction again at once? Others were in the way: a deadlock, or a row that another
 * process made just then.
 */
export function isPassing(error: unknown): boolean {
  const code = codeOf(error)
  return code === '40001' || code === '40P01' || code === '23505'
}

/** Is the connection of no more use? */
export function isBroken(error: unknown): boolean {
  const code = codeOf(error)
  return code !== undefined && LOST.some((start) => code.startsWith(start))
}

/** SQLSTATE, or the code of the operating system or TLS; a word of ours where pg only says it in a sentence. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof DatabaseError) return error.code
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return SENTENCES.find(([start]) => error.message.startsWith(start))?.[1]
}

function wordsOf(error: unknown, code: string): string {
  // Where a name has several addresses, Node gives no sentence of its own.
  return error instanceof Error && error.message !== '' ? error.message : code
}

const SENTENCES = [
  ['timeout exceeded when trying to connect', 'ETIMEDOUT'],
  ['Connection terminated due to connection timeout', 'ETIMEDOUT'],
  ['Query read timeout', 'ECONNRESET'],
  ['Connection terminated', 'ECONNRESET'],
  ['Client has encountered a connection error', 'ECONNRESET'],
  ['Client was closed', 'ECONNRESET'],
  ['The server does not support SSL', 'ERR_TLS'],
] as const

const LOST: readonly string[] = ['ECONNRESET', 'EPIPE', '08', '57P01', '57P02', '57P05', '25P03', '25P04']

type Known = {
  readonly codes: readonly string[]
  readonly code: ErrorCode
  readonly message: (address: string) => string
  readonly hint: string
}

const KNOWN: readonly Known[] = [
  {
    codes: LOST,
    code: 'store-busy',
    message: (address) =>
      `The connection to ${address} broke; what was under way is written whole or not at all`,
    hint: 'It is tried again by itself. If it stays so, look at the log of the server.',
  },
  {
    codes: [
      'ECONNREFUSED',
      'ENOTFOUND',
      'EAI_AGAIN',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'ETIMEDOUT',
      'ENOENT',
      'EACCES',
      '57P03',
    ],
    code: 'store-busy',
    message: (address) => `${capital(address)} cannot be reached; nothing was written`,
    hint: 'Check that the server runs, and that host and port in the setting "store" are right.',
  },
  {
    codes: ['53300'],
    code: 'store-busy',
    message: (address) => `${capital(address)} has no connection left for simplane; nothing was written`,
    hint: 'Raise max_connections of the server, or the connection limit of the role or the database.',
  },
  {
    codes: ['40001', '40P01', '55P03', '57014'],
    code: 'store-busy',
    message: (address) => `Other processes keep ${address} busy, and this write did not get its turn`,
    hint: 'Try again in a moment. If it stays so, look for a session that keeps a transaction open.',
  },
  {
    codes: ['28'],
    code: 'store-unwritable',
    message: (address) => `${capital(address)} does not let simplane in`,
    hint: 'Check user and password in the setting "store", and the pg_hba.conf of the server.',
  },
  {
    codes: ['3D000', '3F000'],
    code: 'store-unwritable',
    message: (address) => `There is no such place as ${address}`,
    hint: 'Create it first: createdb --encoding UTF8 NAME. simplane makes its tables by itself.',
  },
  {
    codes: ['42501'],
    code: 'store-unwritable',
    message: (address) => `The role of simplane may not do in ${address} what it has to; nothing was written`,
    hint: 'Let the role own the database, or its schema: simplane makes and changes its own tables.',
  },
  {
    codes: ['25006'],
    code: 'store-unwritable',
    message: (address) => `${capital(address)} may be read but not written; nothing was written`,
    hint: 'Point the setting "store" at the primary, not at a standby; or end the read-only mode of the server.',
  },
  {
    codes: ['53100', '53200', '53400'],
    code: 'store-unwritable',
    message: (address) => `There is no room left to write ${address}; what was under way was not written`,
    hint: 'Free disk space or memory on the server; what was written before is intact.',
  },
  {
    codes: ['XX001', 'XX002', '58'],
    code: 'store-unwritable',
    message: (address) => `${capital(address)} is damaged, or its disk is`,
    hint: 'Stop simplane and look at the log of the server; put a backup back where it says so.',
  },
  {
    codes: ['ERR_TLS', 'CERT_', 'DEPTH_ZERO', 'SELF_SIGNED', 'UNABLE_TO_', 'ERR_SSL'],
    code: 'store-unwritable',
    message: (address) => `No safe connection to ${address} could be made`,
    hint: 'Check sslmode and sslrootcert in the setting "store" against the certificate of the server.',
  },
]
