/** One thing that was looked at before anything depends on it. `fail`: it will not work; `warn`: not all of it will. */
export type Check = {
  readonly result: 'ok' | 'warn' | 'fail'
  /** What was seen, in a line; no secret. */
  readonly message: string
  /** What to do about it. */
  readonly hint?: string
}
