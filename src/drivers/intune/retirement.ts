import { noteGone, refreshOne } from './inventory.ts'
import { tell, type Context } from './context.ts'
import { done, failed, note, notTold, type Progress } from './progress.ts'
import { registrationOf } from './registration.ts'
import type { CommandRow, Managed } from './rows.ts'
import { refused, type Refused } from './trouble.ts'

const DEVICES = '/v1.0/deviceManagement/managedDevices'

/**
 * A retirement. Intune forgets a device once it is retired: no such record, after it was told, is the end that was
 * wanted. There is no call in this driver that wipes a device.
 */
export async function advanceRetire(
  context: Context,
  row: CommandRow,
  managed: Managed | undefined,
  send: boolean,
): Promise<Progress> {
  if (managed === undefined) {
    noteGone(context, row.device)
    return done(context, row)
  }
  const registration = registrationOf(managed)
  if (registration === 'retired' || registration === 'wiped') return done(context, row)
  if (managed.managementState === 'retireFailed' && row.phase === 'sent')
    return failed(context, row, {
      code: 'retire-failed',
      message: 'Intune could not retire it.',
      permanent: false,
    })
  if (managed.managementState === 'retireCanceled' && row.phase === 'sent')
    return failed(context, row, {
      code: 'canceled',
      message: 'Somebody called it back in Intune.',
      permanent: false,
    })
  if (row.phase === 'sent') return { row }
  if (registration === 'retire-pending') return { row: note(context, row, { phase: 'sent' }) }
  if (!send) return { row }
  const sending = note(context, row, { phaseAt: context.clock.now() })
  const path = `${DEVICES}/${row.device}/retire`
  const told = await tell(context, { endpoint: 'retire', method: 'POST', path, repeatable: false })
  if (told.kind !== 'ok') return notTold(context, sending, told)
  return { row: note(context, sending, { phase: 'sent', phaseAt: told.at }) }
}

/**
 * Deletes the record of a former enrolment. Intune retires what it deletes, so the record is read just before: only one
 * that is retired or wiped, that has not checked in since the live one enrolled, and that is not known to be other
 * hardware, is deleted.
 */
export async function advanceDelete(
  context: Context,
  row: CommandRow,
  live: Managed | undefined,
  send: boolean,
): Promise<Progress> {
  const { record = '' } = row
  const stale = await refreshOne(context, record)
  if (stale === undefined) {
    context.memory.write((rows) => rows.removeDevice(record))
    return done(context, row)
  }
  if (row.phase === 'sent' || !send) return { row }
  const trouble = undeletable(stale, live)
  if (trouble !== undefined) return notTold(context, row, { status: 0, ...trouble })
  const sending = note(context, row, { phaseAt: context.clock.now() })
  const told = await tell(context, {
    endpoint: 'delete-record',
    method: 'DELETE',
    path: `${DEVICES}/${record}`,
    repeatable: true,
  })
  if (told.kind !== 'ok' && !(told.kind === 'refused' && told.status === 404))
    return notTold(context, sending, told)
  return { row: note(context, sending, { phase: 'sent' }) }
}

/** Why a record may not be deleted (S26); `undefined`: it may. */
function undeletable(stale: Managed, live: Managed | undefined): Refused | undefined {
  const registration = registrationOf(stale)
  if (live === undefined) return refused('not-found', 'Intune has no record of the device that is in use.')
  if (stale.id === live.id) return refused('record-active', 'It is the record of the device that is in use.')
  if (registration !== 'retired' && registration !== 'wiped')
    return refused(
      'record-active',
      `The record is ${registration}: only a retired or wiped one may be deleted.`,
    )
  if (
    stale.serialNumber !== undefined &&
    live.serialNumber !== undefined &&
    stale.serialNumber !== live.serialNumber
  )
    return refused('other-hardware', 'The record is of other hardware.')
  if (live.enrolledAt === undefined || (stale.lastSyncAt ?? Infinity) >= live.enrolledAt)
    return refused('record-active', 'The record checked in after the device that is in use enrolled.')
  return undefined
}
