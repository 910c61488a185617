/** What a log line may carry beside its text; identities of devices, never secrets. */
export type LogFields = {
  readonly run?: number
  readonly revision?: string
  readonly device?: string
  readonly step?: string
  readonly [key: string]: string | number | boolean | readonly string[] | undefined
}

/** Where the running program says what it does. `event` is one stable word: `read`, `planned`, `issued`, `proven` ... */
export interface Log {
  debug(event: string, message: string, fields?: LogFields): void
  info(event: string, message: string, fields?: LogFields): void
  warn(event: string, message: string, fields?: LogFields): void
  error(event: string, message: string, fields?: LogFields): void
}
