import { recordKey } from '../domain/device.ts'
import type { DeviceRecord, Release } from '../domain/device.ts'
import { readEsim, readInstalled } from './esims.ts'
import * as field from './fields.ts'
import type { Fields } from './fields.ts'
import type { At, Problems } from './problems.ts'
import { DEVICE_KEYS, platformOf, registrationOf, RELEASED_KEYS } from './vocabulary.ts'

/** One device of a snapshot; `undefined` when something in it was an error. Absent keys are unknown (contracts.md section 2). */
export function readDevice(value: unknown, at: At, problems: Problems): DeviceRecord | undefined {
  const before = problems.errors
  const bare = field.fieldsOf(value, at, problems)
  if (bare === undefined) return undefined
  const id = field.requiredText(bare, 'id')
  const driver = field.requiredText(bare, 'driver')
  if (id === undefined || driver === undefined) return undefined
  if (driver.includes('/')) {
    field.fault(
      bare,
      'driver',
      'bad-value',
      `the driver name ${field.quote(driver)} holds a slash; a device is driver/id`,
    )
    return undefined
  }
  const key = recordKey(driver, id)
  const fields: Fields = { ...bare, device: key }
  field.warnUnknownKeys(fields, DEVICE_KEYS, '')
  const record: DeviceRecord = {
    key,
    driver,
    id,
    ...readFacts(fields),
    ...readEsimState(fields),
    ...readMemory(fields),
  }
  return problems.errors === before ? record : undefined
}

function readFacts(fields: Fields) {
  return {
    platform: platformOf(field.text(fields, 'platform')),
    registration: registrationOf(field.text(fields, 'registration')),
    ...field.withoutAbsent({
      name: field.text(fields, 'name'),
      user: field.text(fields, 'user'),
      osVersion: field.text(fields, 'osVersion'),
      edition: field.text(fields, 'edition'),
      model: field.text(fields, 'model'),
      serialNumber: field.text(fields, 'serialNumber'),
      eid: field.text(fields, 'eid'),
      imei: field.text(fields, 'imei'),
      euicc: field.knownChoice(fields, 'euicc', ['present', 'none']),
      ownership: field.knownChoice(fields, 'ownership', ['company', 'personal']),
      userEnrolled: field.flag(fields, 'userEnrolled'),
      enrolledAt: field.instant(fields, 'enrolledAt'),
      lastSeenAt: field.instant(fields, 'lastSeenAt'),
      otherConnectivity: field.choice(fields, 'otherConnectivity', ['yes', 'no', 'unknown']),
      labels: field.textMap(fields, 'labels'),
      groups: field.texts(fields, 'groups'),
    }),
  }
}

function readEsimState(fields: Fields) {
  const installed = readEach(fields, 'installed', readInstalled)
  const esims = readEach(fields, 'esims', readEsim)
  const esimsComplete = field.flag(fields, 'esimsComplete') ?? true
  return {
    installed,
    esims,
    esimsComplete: esims !== 'unknown' && esimsComplete,
    ...field.withoutAbsent({
      installedObservedAt: field.instant(fields, 'installedObservedAt'),
      esimsObservedAt: field.instant(fields, 'esimsObservedAt'),
    }),
  }
}

function readMemory(fields: Fields) {
  return {
    provisionedBefore: field.flag(fields, 'provisionedBefore') ?? true,
    eraseOwed: field.texts(fields, 'eraseOwed') ?? [],
    ...field.withoutAbsent({ released: readReleased(fields) }),
  }
}

function readEach<T>(
  fields: Fields,
  key: string,
  read: (entry: Fields) => T | undefined,
): readonly T[] | 'unknown' {
  if (fields.object[key] === 'unknown') return 'unknown'
  const values = field.list(fields, key)
  if (values === undefined) return 'unknown'
  const at = field.below(fields, key)
  const found: T[] = []
  for (const [index, value] of values.entries()) {
    const entry = field.fieldsOf(value, { parent: at, key: index }, fields.problems, fields.device)
    const result = entry === undefined ? undefined : read(entry)
    if (result !== undefined) found.push(result)
  }
  return found
}

function readReleased(fields: Fields): Release | undefined {
  const value = fields.object['released']
  if (value === undefined || value === null) return undefined
  const released = field.fieldsOf(value, field.below(fields, 'released'), fields.problems, fields.device)
  if (released === undefined) return undefined
  field.warnUnknownKeys(released, RELEASED_KEYS, 'released')
  const retirement = field.requiredText(released, 'retirement')
  const at = field.requiredText(released, 'at') === undefined ? undefined : field.instant(released, 'at')
  return retirement === undefined || at === undefined ? undefined : { retirement, at }
}
