import { expect } from 'vitest'
import type { SyncmlCommand } from '../../src/syncml/command.ts'
import { readMessage, type DeviceMessage } from '../../src/syncml/message.ts'
import { learn, nextQuestions, type NodeAnswers } from '../../src/syncml/node-answers.ts'
import { readEuiccs, type EuiccReading } from '../../src/syncml/reading.ts'
import type { Built } from '../../src/syncml/command.ts'
import { writeMessage } from '../../src/syncml/write.ts'
import type { WindowsDevice } from './device/device.ts'

/** The header of every message in these tests. */
export const HEADER = {
  sessionId: '1',
  messageId: 1,
  target: 'urn:uuid:5CG1234XYZ',
  source: 'https://mdm.acme.example/manage',
}

/** The moment at which the tests read answers. */
export const AT = Date.UTC(2026, 10, 25, 8)

/** What a device answers, read as simplane reads it. */
export function send(device: WindowsDevice, commands: readonly SyncmlCommand[]): readonly DeviceMessage[] {
  return [heard(device.exchange(writeMessage(HEADER, commands)))]
}

/** A message that must be readable. */
export function heard(text: string): DeviceMessage {
  const message = readMessage(text)
  if (message.kind === 'trouble') expect.fail(`${message.code}: ${message.message}`)
  return message
}

/** The commands of what could be built. */
export function built(result: Built): readonly SyncmlCommand[] {
  if (result.kind === 'refused') expect.fail(`${result.code}: ${result.message}`)
  return result.commands
}

/** What is found by asking until nothing is left to ask. `lost` drops answers on their way. */
export function inventory(
  device: WindowsDevice,
  lost: (message: DeviceMessage) => DeviceMessage = (message) => message,
): readonly EuiccReading[] | 'unknown' {
  let known: NodeAnswers = new Map()
  for (let round = 1; round <= 4; round += 1) {
    const questions = nextQuestions(`q${round}`, known)
    if (questions.length === 0) break
    known = learn(known, questions, send(device, questions).map(lost))
  }
  return readEuiccs(known)
}

/** The one eUICC of a device that has one. */
export function onlyEuicc(device: WindowsDevice): EuiccReading {
  const found = inventory(device)
  if (found === 'unknown' || found.length !== 1) expect.fail('not one eUICC')
  return found[0]!
}
