import { expect } from 'vitest'
import type { DeviceRecord } from '../../src/domain/device.ts'
import type { FindingCode } from '../../src/domain/finding.ts'
import { record } from './builders.ts'
import { wantedByLabel, wanting } from './model-fleet.ts'
import type { Want } from './search.ts'
import { codesOn, planOf, spokenOn } from './spoken.ts'

/** A row: what it says, what is wanted, what is installed, what is listed, the steps, the findings of the device. */
export type Row = readonly [
  says: string,
  wanted: Want,
  installed: DeviceRecord['installed'],
  esims: DeviceRecord['esims'],
  steps: readonly string[],
  codes?: readonly FindingCode[],
  changes?: Partial<DeviceRecord>,
]

/** The row after its own title, as `it.each` wants it. */
export function titled(row: Row): readonly [string, Row] {
  return [row[0], row]
}

/** Plans the row's device and compares steps, holds and findings. */
export function check(
  [, wanted, installed, esims, steps, codes = [], changes = {}]: Row,
  complete: boolean,
): void {
  const device = record('d-1', { ...wanting(wanted), installed, esims, esimsComplete: complete, ...changes })
  const plan = planOf(wantedByLabel(), [device])
  expect(spokenOn(plan, 'd-1')).toEqual(steps)
  expect(codesOn(plan, 'd-1')).toEqual(codes)
}
