/** Where in the text it is, both from 1; columns count UTF-16 units. */
export type SyncmlPlace = { readonly line: number; readonly column: number }

/**
 * Why a text from a device cannot be read.
 * `too-large`, `too-deep`, `too-many`: over a bound. `not-utf8`: bytes or a declared encoding other than UTF-8.
 * `not-xml`: not well-formed. `doctype`: declares a document type, which SyncML never needs. `not-syncml`: XML of
 * another shape. `incomplete`: a value of which only a chunk came.
 */
export type SyncmlTroubleCode =
  | 'too-large'
  | 'not-utf8'
  | 'not-xml'
  | 'doctype'
  | 'too-deep'
  | 'too-many'
  | 'not-syncml'
  | 'incomplete'

/** What is wrong with a text from a device, with its place where there is one. A value: nothing hostile throws. */
export type SyncmlTrouble = {
  readonly kind: 'trouble'
  readonly code: SyncmlTroubleCode
  /** One sentence; it may quote names of the text, so show it as foreign text. */
  readonly message: string
  readonly place?: SyncmlPlace
}

/** A trouble as a value. */
export function trouble(code: SyncmlTroubleCode, message: string, place?: SyncmlPlace): SyncmlTrouble {
  return { kind: 'trouble', code, message, ...(place === undefined ? {} : { place }) }
}
