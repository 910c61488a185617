import type { Instant } from '../../domain/time.ts'
import { uuid, type Uuid } from './device.ts'
import { moment, object, present, text, type Json } from './json.ts'

/** An MDM command as Jamf Pro lists it. */
export type Listed = {
  readonly uuid: Uuid
  readonly state: 'pending' | 'acknowledged' | 'not-now' | 'error'
  /** When the device answered, by Jamf Pro's clock. */
  readonly completedAt?: Instant
  readonly error?: { readonly code?: number; readonly message: string }
}

/** One entry of `GET /v2/mdm/commands`; `undefined` when it has no id. */
export function readCommand(json: Json): Listed | undefined {
  const id = uuid(json['uuid'])
  if (id === undefined) return undefined
  const state = STATES[(text(json['commandState']) ?? '').toUpperCase().replaceAll(/[^A-Z]/g, '')]
  return {
    uuid: id,
    // What is not known to be an answer is none.
    state: state ?? 'pending',
    ...present({ completedAt: moment(json['dateCompleted']) }),
    ...(state === 'error' ? { error: errorOf(object(json['commandError']) ?? {}) } : {}),
  }
}

const STATES: Readonly<Record<string, Listed['state']>> = {
  ACKNOWLEDGED: 'acknowledged',
  NOTNOW: 'not-now',
  ERROR: 'error',
}

function errorOf(json: Json): NonNullable<Listed['error']> {
  const code = json['errorCode']
  const said = text(json['errorEnglishDescription']) ?? text(json['errorLocalizedDescription'])
  return {
    ...(typeof code === 'number' && Number.isSafeInteger(code) ? { code } : {}),
    message: said ?? 'The device did not say why.',
  }
}

/**
 * The id of the command in the answer to `POST /v2/mdm/commands`: a list, of one for one device. `undefined`: Jamf Pro's
 * reference shows a number there, and then the command has to be looked for.
 */
export function readQueued(body: unknown): Uuid | undefined {
  return Array.isArray(body) && body.length === 1 ? uuid(object(body[0])?.['id']) : undefined
}
