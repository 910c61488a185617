import { parseRecordId } from './device.ts'

/** The number of a record key `driver/d-7` of this driver; `undefined` for anything else. */
export function parseKey(driver: string, key: string | undefined): number | undefined {
  const start = `${driver}/`
  return key?.startsWith(start) === true ? parseRecordId(key.slice(start.length)) : undefined
}
