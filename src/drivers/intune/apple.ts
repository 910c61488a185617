import { normaliseCarrierUrl } from '../../domain/esim.ts'
import { tell, type Context } from './context.ts'
import { done, failed, leftOf, note, notTold, type Progress } from './progress.ts'
import { activationOf } from './registration.ts'
import type { ActionResult, CommandError, CommandRow, Managed } from './rows.ts'
import { refused, type Refused } from './trouble.ts'

type Before = { readonly iccid?: string; readonly startedAt?: number }

/** What was so before an install on an iPhone or iPad, or why it is not even sent. */
export function prepareApple(managed: Managed, row: CommandRow): CommandRow | Refused {
  const { configuration, spec } = row
  if (managed.userEnrolled === true)
    return refused('user-enrolled', 'A User Enrollment takes no eSIM from an MDM.')
  if (configuration === undefined || spec === undefined)
    return refused('incomplete-command', 'The install carries no configuration.')
  if (spec.platform !== 'ios') return refused('wrong-platform', `${configuration} is for ${spec.platform}.`)
  // iOS refuses a bare server name, which is what Windows wants.
  if (!/^https?:\/\/[^/]/.test(spec.carrierUrl) || !URL.canParse(spec.carrierUrl))
    return refused('bad-url', `${configuration} has no http(s) address of a carrier's server.`)
  const startedAt = activationOf(managed)?.startedAt
  const before: Before = {
    ...(managed.iccid === undefined ? {} : { iccid: managed.iccid }),
    ...(startedAt === undefined ? {} : { startedAt }),
  }
  return { ...row, before: JSON.stringify(before) }
}

/**
 * An install through activateDeviceEsim. Graph takes no id with it; that it took one shows as an entry of
 * deviceActionResults that was not there before, so a call whose answer was lost is recognised and not made again.
 */
export async function advanceApple(
  context: Context,
  row: CommandRow,
  managed: Managed | undefined,
  send: boolean,
): Promise<Progress> {
  const left = leftOf(managed)
  if (left !== undefined || managed === undefined) return failed(context, row, left ?? LEFT)
  const action = actionOf(row, managed)
  if (row.phase === 'sent') return judged(context, row, action)
  if (action !== undefined) return judged(context, note(context, row, { phase: 'sent' }), action)
  if (!send || row.spec?.platform !== 'ios') return { row }
  const sending = note(context, row, { phaseAt: context.clock.now() })
  const told = await tell(context, {
    endpoint: 'activate-esim',
    method: 'POST',
    path: `/beta/deviceManagement/managedDevices/${row.device}/activateDeviceEsim`,
    body: { carrierUrl: row.spec.carrierUrl },
    repeatable: false,
  })
  if (told.kind !== 'ok') return notTold(context, sending, told)
  return { row: note(context, sending, { phase: 'sent', phaseAt: told.at }) }
}

const LEFT = { code: 'left', message: 'The device left Intune before it was done.', permanent: false }

/** The entry that this command made. */
function actionOf(row: CommandRow, managed: Managed): ActionResult | undefined {
  const action = activationOf(managed)
  const before = JSON.parse(row.before ?? '{}') as Before
  if (action === undefined || action.startedAt === before.startedAt) return undefined
  if (row.spec?.platform !== 'ios' || action.carrierUrl === undefined) return action
  return normaliseCarrierUrl(action.carrierUrl) === normaliseCarrierUrl(row.spec.carrierUrl)
    ? action
    : undefined
}

/** "done" is only that the device asked the carrier. */
function judged(context: Context, row: CommandRow, action: ActionResult | undefined): Progress {
  if (action === undefined) return { row }
  if (action.state === 'done') return done(context, row, action.updatedAt)
  const error = ERRORS[action.state]
  return error === undefined ? { row } : failed(context, row, error)
}

const ERRORS: Readonly<Record<string, CommandError>> = {
  failed: {
    code: 'failed',
    message: 'The device could not ask the carrier, and Intune gives no reason.',
    permanent: false,
  },
  notSupported: {
    code: 'not-supported',
    message: 'The device cannot take eSIMs from an MDM.',
    permanent: true,
  },
  canceled: { code: 'canceled', message: 'Somebody called it back in Intune.', permanent: false },
}
