/** What an operator keeps ready on one server. Each is given out once. */
export type PreparedEsim = {
  readonly server: string
  readonly iccid: string
  readonly eid?: string
  readonly matchingId?: string
  readonly ppr1?: boolean
  readonly ppr2?: boolean
  bound?: boolean
  held?: boolean
}

/** The operators of the world: servers by name, what they keep, and which of them cannot be reached. */
export type Operators = { readonly prepared: PreparedEsim[]; readonly unreachable: Set<string> }

/** No operator, nothing prepared. */
export function noOperators(): Operators {
  return { prepared: [], unreachable: new Set() }
}

/** The eSIM that a server has for a chip and would give out now. */
export function forChip(operators: Operators, server: string, eid: string): PreparedEsim | undefined {
  if (operators.unreachable.has(server)) return undefined
  return operators.prepared.find(
    (each) => each.server === server && each.eid === eid && each.bound !== true && each.held !== true,
  )
}

/** What an order by activation code comes to: the eSIM, or the number of the error that the chip's agent tells. */
export function byCode(
  operators: Operators,
  order: { server: string; iccid: string; matchingId: string; eid: string },
): PreparedEsim | number {
  if (operators.unreachable.has(order.server)) return 14
  const esim = operators.prepared.find(
    ({ server, iccid }) => server === order.server && iccid === order.iccid,
  )
  if (esim === undefined) return 7
  if (esim.matchingId !== order.matchingId) return 6
  if (esim.eid !== undefined && esim.eid !== order.eid) return 10
  if (esim.bound === true) return 11
  return esim.held === true ? 12 : esim
}
