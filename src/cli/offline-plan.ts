import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { DesiredState } from '../domain/desired.ts'
import type { DeviceRecord } from '../domain/device.ts'
import { SimplaneError } from '../domain/error.ts'
import type { Finding } from '../domain/finding.ts'
import type { Plan } from '../domain/plan.ts'
import { parseInstant } from '../domain/time.ts'
import { planFleet } from '../plan/fleet.ts'
import type { FindingsContext } from '../report/findings-text.ts'
import type { FleetSnapshot } from '../snapshot/snapshot.ts'
import { readSnapshot } from '../snapshot/read.ts'
import { readFolder } from './folder.ts'
import type { Io } from './io.ts'
import { showBusy } from './output.ts'

/** A plan made from two files, or why there is none. */
export type OfflinePlan = {
  readonly plan?: Plan
  readonly desired?: DesiredState
  readonly snapshot?: FleetSnapshot
  readonly findings: readonly Finding[]
  readonly context: FindingsContext
}

/**
 * Plans a folder of desired state against a fleet snapshot: no database, no network, no git. The time of the plan is
 * the snapshot's own (`takenAt`) unless `at` is given, so that the same files always give the same plan.
 */
export async function planOffline(
  io: Io,
  options: { desired: string; fleet: string; at?: string },
): Promise<OfflinePlan> {
  using _busy = showBusy(io, 'planning')
  const reading = await readFolder(io, options.desired)
  const { snapshot, findings: snapshotFindings } = readSnapshot(
    await fleetBytes(io, options.fleet),
    options.fleet,
  )
  const findings = [...reading.findings, ...snapshotFindings]
  const { desired, context } = reading
  if (desired === undefined || snapshot === undefined) return { findings, context }
  const now = options.at === undefined ? snapshot.takenAt : instantOf(options.at)
  const emptied = desired.configurations.length === 0 && snapshot.records.some(isProvisioned)
  const plan = planFleet({
    desired,
    records: snapshot.records,
    now,
    findings: emptied ? [...findings, emptySource()] : findings,
    context: { brake: () => brakeOf(emptied, snapshot.complete) },
  })
  return { plan, desired, snapshot, findings, context }
}

function brakeOf(emptied: boolean, complete: boolean): 'empty-source' | 'inventory-incomplete' | undefined {
  if (emptied) return 'empty-source'
  return complete ? undefined : 'inventory-incomplete'
}

/** The snapshot itself shows that an earlier revision had a configuration. */
function isProvisioned(record: DeviceRecord): boolean {
  if (record.installed !== 'unknown' && record.installed.some((entry) => entry.managed)) return true
  return record.esims !== 'unknown' && record.esims.some((esim) => esim.source !== undefined)
}

function emptySource(): Finding {
  return {
    code: 'empty-source',
    severity: 'warning',
    message:
      'there is no EsimConfiguration, and yet the fleet has some of ours: nothing destructive is planned',
    hint: 'to take everything off, leave the configurations in and write `to: none`',
  }
}

function instantOf(text: string): number {
  const instant = parseInstant(text)
  if (instant === undefined)
    throw new SimplaneError('usage', `--at "${text}" is not a time.`, {
      hint: 'Write RFC 3339: 2026-11-23T08:00:00Z.',
    })
  return instant
}

async function fleetBytes(io: Io, file: string): Promise<Uint8Array> {
  try {
    return await readFile(resolve(io.cwd, file))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new SimplaneError('not-found', `The fleet snapshot ${file} cannot be read: ${why}.`, {
      hint: 'simplane export --fleet writes one; its format is printed by simplane schema fleet-snapshot.',
      cause: error,
    })
  }
}
