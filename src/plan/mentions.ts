import type { DeviceRecord } from '../domain/device.ts'

/** Every configuration that a record names: installed, an eSIM of it, or an erasure owed to it. */
export function mentionsOf({ installed, esims, eraseOwed }: DeviceRecord): ReadonlySet<string> {
  const names = new Set<string>(eraseOwed)
  if (installed !== 'unknown') for (const entry of installed) names.add(entry.configuration)
  if (esims !== 'unknown') {
    for (const { source } of esims) if (source !== undefined) names.add(source.configuration)
  }
  return names
}
