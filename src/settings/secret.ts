import { SimplaneError } from '../domain/error.ts'

/** Where a secret is, never the secret itself. */
export type SecretRef = { readonly env: string } | { readonly file: string }

/** A secret that no log, JSON or inspection shows; only `reveal` gives it, at the moment of use. */
export type Secret = { reveal(): string; toString(): string; toJSON(): string }

const REDACTED = '[redacted]'

export function createSecret(value: string): Secret {
  const secret = { reveal: () => value, toString: () => REDACTED, toJSON: () => REDACTED }
  // Hidden from loops and spreads, so that a copy is no way round it.
  Object.defineProperty(secret, Symbol.for('nodejs.util.inspect.custom'), { value: () => REDACTED })
  return Object.freeze(secret)
}

/**
 * Looks a secret up; a line feed at its end is no part of it. Throws `settings` when it is not there, empty, or of
 * several lines, which could smuggle a header into a request. Ask each time it is used: files are renewed.
 */
export function findSecret(
  ref: SecretRef,
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): Secret {
  const where = 'env' in ref ? `the environment variable ${ref.env}` : `the file ${ref.file}`
  const value = ('env' in ref ? env[ref.env] : readOrThrow(ref.file, readFile))?.replace(/\r?\n$/, '')
  if (value === undefined || value === '')
    throw missing(where, value === undefined ? 'is not set' : 'is empty')
  if (/\p{Cc}/u.test(value)) throw missing(where, 'holds line feeds or control characters')
  return createSecret(value)
}

function readOrThrow(path: string, readFile: (path: string) => string): string {
  try {
    return readFile(path)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw missing(`the file ${path}`, `cannot be read (${why})`)
  }
}

function missing(where: string, what: string): SimplaneError {
  return new SimplaneError('settings', `The settings take a secret from ${where}, which ${what}.`, {
    hint: 'Set it, or name another place in the settings.',
  })
}
