import { Writable } from 'node:stream'
import winston from 'winston'
import type { Log, LogFields } from '../domain/log.ts'
import { visible } from '../report/visible.ts'

export type LogOptions = {
  /** `human`: one readable line each, for a terminal; `json`: one object each, for everything else. */
  readonly format: 'human' | 'json'
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** Receives whole lines, line feed included. */
  readonly write: (line: string) => void
  /** Texts that must never be written, whatever carries them: tokens and passwords of the settings. */
  readonly secrets?: readonly string[]
  /** Events that are left out, because something else shows them already. */
  readonly hidden?: ReadonlySet<string>
}

/** A log over winston. */
export function openLog(options: LogOptions): Log {
  const { secrets = [], write } = options
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      write(redacted(chunk.toString(), secrets))
      done()
    },
  })
  const sink = new winston.transports.Stream({ stream, eol: '\n' })
  const { combine, timestamp, json, printf } = winston.format
  const format =
    options.format === 'json' ? combine(timestamp(), json()) : combine(timestamp(), printf(humanLine))
  const logger = winston.createLogger({ level: options.level, format, transports: [sink] })
  const at =
    (level: LogOptions['level']) =>
    (event: string, message: string, fields: LogFields = {}): void => {
      if (options.hidden?.has(event) !== true) logger.log({ ...fields, level, message, event })
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function humanLine({
  timestamp,
  level,
  message,
  event,
  ...fields
}: winston.Logform.TransformableInfo): string {
  const clock = new Date(String(timestamp)).toTimeString().slice(0, 8)
  const rest = Object.entries(fields)
    .filter(([key, value]) => typeof value !== 'object' && value !== undefined && key !== 'stack')
    .map(([key, value]) => `${key}=${String(value)}`)
  // Names come from devices: what a terminal would obey is shown, not obeyed.
  const word = level === 'info' || level === 'debug' ? String(event) : `${level} ${String(event)}`
  return `${clock}  ${word.padEnd(8)}  ${visible(`${String(message)}${rest.length === 0 ? '' : `  (${rest.join(' ')})`}`)}`
}

function redacted(line: string, secrets: readonly string[]): string {
  let clean = line
  for (const secret of secrets) if (secret.length >= 4) clean = clean.replaceAll(secret, '[redacted]')
  return clean
}

/** Says nothing. */
export const NO_LOG: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
