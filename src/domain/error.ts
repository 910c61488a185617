/** The codes of what we do not expect and yet can name. Each becomes an exit code in main.ts. */
export type ErrorCode =
  | 'usage'
  | 'not-found'
  | 'ambiguous'
  | 'source-unreachable'
  | 'store-newer'
  | 'store-busy'
  | 'store-unwritable'
  | 'not-leading'
  | 'driver-unreachable'
  | 'forge-unreachable'
  | 'settings'
  | 'internal'

/** Unexpected trouble: thrown with a code, caught at the three places that architecture.md names. */
export class SimplaneError extends Error {
  readonly code: ErrorCode
  /** What to do about it. */
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'SimplaneError'
    this.code = code
    this.hint = options.hint
  }
}
