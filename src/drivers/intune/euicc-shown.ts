import type { EuiccReading } from '../../syncml/reading.ts'
import type { Context } from './context.ts'
import { readEuiccsOf, type Known } from './facts.ts'
import { failed, type Progress } from './progress.ts'
import { askInventory, isAskDue } from './remediation.ts'
import type { CommandRow, Managed } from './rows.ts'

/** Has the device say what it holds, when that is due; the command waits. */
export async function ask(context: Context, row: CommandRow, managed: Managed): Promise<Progress> {
  const reading = context.memory.read((rows) => rows.reading(managed.id))
  if (isAskDue(managed, reading, context.clock.now(), context.readEvery, row.phaseAt)) {
    const told = await askInventory(context, managed.id)
    if (told.kind === 'refused') return failed(context, row, { ...told, permanent: true })
  }
  return { row }
}

/** The one eUICC that is active, as the device showed it last; `undefined`: not known, or not one. */
export function activeOf(known: Known): EuiccReading | undefined {
  const active = (readEuiccsOf(known) ?? []).filter(({ isActive }) => isActive === true)
  return active.length === 1 ? active[0] : undefined
}

/** The servers on an eUICC, in lower case; none where they are not known. */
export function serversOn(euicc: EuiccReading | undefined): readonly string[] {
  if (euicc === undefined || euicc.servers === 'unknown') return []
  return euicc.servers.map(({ name }) => name.toLowerCase())
}

/** Does an eUICC hold an eSIM of this server? */
export function holdsEsimOf({ esims }: EuiccReading, serverName: string): boolean {
  if (esims === 'unknown') return false
  return esims.some((each) => each.state === 2 && each.serverName?.toLowerCase() === serverName)
}
