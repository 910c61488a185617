/** One page of reference: what `simplane explain WHAT` says of a finding code, a rule or a field. */
export type Page = {
  readonly title: string
  readonly means: string
  readonly why: string
  readonly todo: string
  /** The rule of the domain it rests on, `S4`. */
  readonly rule?: string
}
