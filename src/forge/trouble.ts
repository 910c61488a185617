import { SimplaneError } from '../domain/error.ts'

const AGAIN =
  'It is asked again. If it stays like this, check the address of the forge and the network between.'

/** No answer came, or none that can be trusted: what was asked for may have been done. */
export function unreachable(forge: string, why: string, hint: string = AGAIN): SimplaneError {
  return new SimplaneError('forge-unreachable', `The forge ${forge} does not answer: ${why}.`, { hint })
}

/** The forge itself says no: nothing was done, and asking again changes nothing before somebody acts. */
export class Refused extends SimplaneError {
  readonly httpStatus: number | undefined

  constructor(forge: string, why: string, hint: string, httpStatus?: number) {
    super('forge-unreachable', `The forge ${forge} refuses: ${why}.`, { hint })
    this.httpStatus = httpStatus
  }
}

/** Libraries wrap what `fetch` throws: the error of ours in there, if there is one. */
export function ownTrouble(error: unknown): SimplaneError | undefined {
  let inner = error
  for (let depth = 0; depth < 5 && inner instanceof Error; depth += 1) {
    if (inner instanceof SimplaneError) return inner
    inner = inner.cause
  }
  return undefined
}
