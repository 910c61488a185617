import { toRfc3339 } from '../domain/time.ts'
import type { Instant } from '../domain/time.ts'
import { findingJson } from './findings-json.ts'
import { holdJson } from './plan-json.ts'
import { statusWord } from './status.ts'
import type { StatusInput } from './status.ts'

function moment(instant: Instant | undefined): string | null {
  return instant === undefined ? null : toRfc3339(instant)
}

/** The status screen as data. */
export function statusJson(input: StatusInput) {
  const { counts, inForce, refused, run } = input
  return {
    apiVersion: 'simplane/v1',
    kind: 'Status',
    takenAt: toRfc3339(input.now),
    standing: statusWord(input),
    withoutEsim: { devices: counts.withoutEsim, since: moment(counts.withoutEsimSince) },
    revision:
      inForce === undefined
        ? null
        : {
            id: inForce.revision.id,
            subject: inForce.revision.subject ?? null,
            author: inForce.revision.author ?? null,
            appliedAt: toRfc3339(inForce.at),
          },
    refused:
      refused === undefined
        ? null
        : { id: refused.revision.id, at: toRfc3339(refused.at), findings: refused.findings.map(findingJson) },
    devices: {
      total: counts.devices,
      active: counts.active,
      byVerdict: counts.byVerdict,
      byPlatform: counts.byPlatform,
    },
    configurations: counts.configurations.map((each) => {
      const document = input.desired?.configurations.find((one) => one.name === each.name)
      return { ...each, platform: document?.spec.platform ?? null, mode: document?.mode ?? null }
    }),
    retirements: counts.retirements,
    findings: counts.findings,
    drift: counts.drift.map((each) => ({
      cause: each.cause,
      devices: each.devices,
      since: toRfc3339(each.since),
    })),
    holds: input.holds.map(holdJson),
    steps: counts.open,
    lastRun:
      run === undefined
        ? null
        : {
            id: run.id,
            trigger: run.trigger,
            startedAt: toRfc3339(run.startedAt),
            endedAt: moment(run.endedAt),
            counts: run.counts,
            error: run.error ?? null,
          },
    inventories: input.inventories.map((each) => ({
      driver: each.driver,
      startedAt: toRfc3339(each.startedAt),
      endedAt: moment(each.endedAt),
      complete: each.complete,
    })),
  }
}
