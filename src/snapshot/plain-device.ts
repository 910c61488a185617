import { recordKey } from '../domain/device.ts'
import type { DeviceFacts, DeviceRecord, Release } from '../domain/device.ts'
import { plainEsims, plainInstalled } from './plain-esims.ts'
import {
  plainChoice,
  plainFlag,
  plainObject,
  plainText,
  plainTextMap,
  plainTexts,
  plainTime,
  plainWord,
} from './plain-fields.ts'
import type { Draft, Look, PlainObject } from './plain-fields.ts'
import { DEVICE_KEYS, platformOf, registrationOf, RELEASED_KEYS } from './vocabulary.ts'

/**
 * What `readDevice` makes of a device that nothing is wrong with, in a third of the time; `undefined` where there is
 * anything to say (an error, a key that is not known): then `readDevice` says it.
 */
export function readPlainDevice(value: unknown): DeviceRecord | undefined {
  const look: Look = { odd: false }
  const given = plainObject(look, value, DEVICE_KEYS)
  if (given === undefined) return undefined
  const id = plainWord(look, given['id'])
  const driver = plainWord(look, given['driver'])
  if (look.odd || driver.includes('/')) return undefined
  const esims = plainEsims(look, given['esims'])
  const record: Draft<DeviceRecord> = {
    key: recordKey(driver, id),
    driver,
    id,
    platform: platformOf(plainText(look, given['platform'])),
    registration: registrationOf(plainText(look, given['registration'])),
    installed: plainInstalled(look, given['installed']),
    esims,
    esimsComplete: (plainFlag(look, given['esimsComplete']) ?? true) && esims !== 'unknown',
    provisionedBefore: plainFlag(look, given['provisionedBefore']) ?? true,
    eraseOwed: plainTexts(look, given['eraseOwed']) ?? [],
  }
  addTexts(look, given, record)
  addFacts(look, given, record)
  addTimes(look, given, record)
  const released = plainReleased(look, given['released'])
  if (released !== undefined) record.released = released
  return look.odd ? undefined : record
}

function addTexts(look: Look, given: PlainObject, record: Draft<DeviceFacts>): void {
  const name = plainText(look, given['name'])
  if (name !== undefined) record.name = name
  const user = plainText(look, given['user'])
  if (user !== undefined) record.user = user
  const osVersion = plainText(look, given['osVersion'])
  if (osVersion !== undefined) record.osVersion = osVersion
  const edition = plainText(look, given['edition'])
  if (edition !== undefined) record.edition = edition
  const model = plainText(look, given['model'])
  if (model !== undefined) record.model = model
  const serialNumber = plainText(look, given['serialNumber'])
  if (serialNumber !== undefined) record.serialNumber = serialNumber
  const eid = plainText(look, given['eid'])
  if (eid !== undefined) record.eid = eid
  const imei = plainText(look, given['imei'])
  if (imei !== undefined) record.imei = imei
}

function addFacts(look: Look, given: PlainObject, record: Draft<DeviceFacts>): void {
  const euicc =
    given['euicc'] === 'unknown' ? undefined : plainChoice(look, given['euicc'], ['present', 'none'])
  if (euicc !== undefined) record.euicc = euicc
  const ownership =
    given['ownership'] === 'unknown'
      ? undefined
      : plainChoice(look, given['ownership'], ['company', 'personal'])
  if (ownership !== undefined) record.ownership = ownership
  const userEnrolled = plainFlag(look, given['userEnrolled'])
  if (userEnrolled !== undefined) record.userEnrolled = userEnrolled
  const otherConnectivity = plainChoice(look, given['otherConnectivity'], ['yes', 'no', 'unknown'])
  if (otherConnectivity !== undefined) record.otherConnectivity = otherConnectivity
  const labels = plainTextMap(look, given['labels'])
  if (labels !== undefined) record.labels = labels
  const groups = plainTexts(look, given['groups'])
  if (groups !== undefined) record.groups = groups
}

function addTimes(look: Look, given: PlainObject, record: Draft<DeviceFacts>): void {
  const enrolledAt = plainTime(look, given['enrolledAt'])
  if (enrolledAt !== undefined) record.enrolledAt = enrolledAt
  const lastSeenAt = plainTime(look, given['lastSeenAt'])
  if (lastSeenAt !== undefined) record.lastSeenAt = lastSeenAt
  const installedObservedAt = plainTime(look, given['installedObservedAt'])
  if (installedObservedAt !== undefined) record.installedObservedAt = installedObservedAt
  const esimsObservedAt = plainTime(look, given['esimsObservedAt'])
  if (esimsObservedAt !== undefined) record.esimsObservedAt = esimsObservedAt
}

function plainReleased(look: Look, value: unknown): Release | undefined {
  if (value === undefined || value === null) return undefined
  const given = plainObject(look, value, RELEASED_KEYS)
  if (given === undefined) return undefined
  const retirement = plainWord(look, given['retirement'])
  plainWord(look, given['at'])
  const at = plainTime(look, given['at'])
  return at === undefined ? undefined : { retirement, at }
}
