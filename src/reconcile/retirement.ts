import type { StoredDevice } from '../domain/stored-device.ts'
import { DAY, type Instant } from '../domain/time.ts'
import { evidenceTime } from '../plan/hold.ts'

/** May the device be retired now, and on what evidence? */
export type RetirementAnswer = {
  readonly may: boolean
  /** One clause for a person. */
  readonly because: string
  readonly rule: string
  /** When the evidence was observed. */
  readonly observedAt?: Instant
}

/**
 * The gate before a retirement (S17, S24): yes only when no eSIM of ours can leave with the device and nothing on it
 * could download one again, on evidence of the last day.
 */
export function checkRetirement(
  { record, goneSince, assignment }: StoredDevice,
  now: Instant,
): RetirementAnswer {
  const observedAt = evidenceTime(record)
  const at = observedAt === undefined ? {} : { observedAt }
  const no = (because: string, rule = 'S17'): RetirementAnswer => ({ may: false, because, rule, ...at })
  const yes = (because: string): RetirementAnswer => ({ may: true, because, rule: 'S17', ...at })

  if (record.euicc === 'none') return yes('it has no eUICC')
  if (goneSince !== undefined)
    return no('it is not in the inventory any more, so nothing about it is known now')
  const ours = record.esims === 'unknown' ? [] : record.esims.filter((esim) => esim.source !== undefined)
  if (ours.length > 0) {
    const [esim] = ours
    const of = esim?.source === undefined ? '' : ` of ${esim.source.configuration}`
    return no(
      `eSIM …${esim?.iccid.slice(-4) ?? ''}${of} is still there; retired now, its line stays active and billed`,
    )
  }
  if (observedAt === undefined || now - observedAt > DAY)
    return no('it was not observed within the last 24 hours')
  const released = record.released !== undefined && (record.enrolledAt ?? 0) <= record.released.at
  if (record.esims === 'unknown' || !record.esimsComplete) {
    if (released) return yes(`released by retirement ${record.released?.retirement ?? ''}`)
    return record.provisionedBefore
      ? no('what its eUICC holds is not fully known, and it was provisioned before')
      : yes('it was never provisioned')
  }
  if (record.esims.length > 0 && record.provisionedBefore && !released) {
    return no('it holds an eSIM that did not come from simplane, and it was provisioned before')
  }
  const installed = record.installed === 'unknown' ? [] : record.installed.filter((entry) => entry.managed)
  if (installed.length > 0)
    return no(
      `${installed[0]?.configuration ?? ''} is still installed and could download again: name the device in a Retirement`,
      'S22',
    )
  if (released) return yes('proven empty')
  if (assignment?.wanted.kind === 'configuration') {
    return no(
      `${assignment.wanted.configuration} is wanted on it and would be installed: name the device in a Retirement`,
      'S22',
    )
  }
  return yes('its eUICC is proven empty and nothing is installed')
}
