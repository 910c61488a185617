import type { Clock, Duration } from '../../domain/time.ts'
import { dueQuestion } from './asking.ts'
import type { Client, Delivery } from './client.ts'
import { deviceInformation } from './commands.ts'
import type { Memory } from './memory.ts'
import type { Device, Known, Sent } from './rows.ts'

/** What asking devices takes. */
export type Asker = {
  readonly memory: Memory
  readonly client: Client
  readonly clock: Clock
  readonly newUuid: () => string
  readonly refreshEvery: Duration
}

/** Asks the device what it holds when that is due; the answer comes by webhook. `undefined`: it is not due. */
export async function askIfDue(asker: Asker, known: Known): Promise<Delivery | undefined> {
  const { device } = known
  const due = dueQuestion(known, asker.clock.now(), asker.refreshEvery)
  switch (due.kind) {
    case 'nothing':
      return undefined
    case 'repeat':
      return await deliver(asker, device, due.question)
    case 'ask':
      return await ask(asker, device, due.tries)
  }
}

/** Asks the device, due or not. The question is written before it is sent. */
export async function ask(asker: Asker, device: Device, tries: number): Promise<Delivery> {
  const { memory, clock, newUuid } = asker
  const uuid = newUuid()
  const question = await memory.write((rows) => {
    rows.addSent({ uuid, device: device.seq, sentAt: clock.now(), tries })
    return rows.byUuid(uuid)
  })
  if (question === undefined) throw new Error('a question that was just written is not there')
  return await deliver(asker, device, question)
}

async function deliver({ memory, client }: Asker, device: Device, question: Sent): Promise<Delivery> {
  const delivery = await client.enqueue(device.id, question.uuid, deviceInformation(question.uuid))
  if (delivery.kind === 'queued') await memory.write((rows) => rows.setState(question.seq, 'queued'))
  if (delivery.kind === 'refused') {
    const { code, message } = delivery
    await memory.write((rows) => rows.setState(question.seq, 'refused', { code, message }))
  }
  return delivery
}
