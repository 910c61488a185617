import { toRfc3339 } from '../domain/time.ts'
import { findingJson } from './findings-json.ts'
import { deviceJson } from './devices-json.ts'
import { holdJson } from './plan-json.ts'
import { saysLines, usersOf } from './target-says.ts'
import { documentFindings, targetNumbers, targetWord } from './target.ts'
import type { TargetInput } from './target.ts'

/** One configuration, group or retirement as data: `status TARGET -o json`, and with `why` its explanation. */
export function targetJson(input: TargetInput, why: boolean) {
  const { kind, document, now } = input
  const { holds, ...numbers } = targetNumbers(input)
  return {
    apiVersion: 'simplane/v1',
    kind: why ? 'TargetExplanation' : 'TargetStatus',
    takenAt: toRfc3339(now),
    target: `${kind}/${document.name}`,
    standing: targetWord({ holds, ...numbers }),
    source: { file: document.place.file, line: document.place.line },
    description: document.description ?? null,
    labels: document.labels,
    ...numbers,
    devices: numbers.devices,
    holds: holds.map((each) => ({ ...holdJson(each.hold), devices: each.devices })),
    revisionFindings: documentFindings(input).map(findingJson),
    ...(why
      ? {
          says: saysLines(input),
          ...(kind === 'group' ? { usedBy: usersOf(document.name, input.desired) } : {}),
        }
      : {}),
    notInSync: input.devices.filter(({ status }) => status.verdict !== 'in-sync').map(deviceJson),
  }
}
