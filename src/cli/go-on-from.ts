import { storeName, type Setting } from '../app.ts'
import { counted } from '../report/numbers.ts'
import type { PutBack } from '../store/put-back.ts'
import type { PutBackDatabase } from '../store/postgres/restored.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { printJson, showBusy } from './output.ts'
import { askFor } from './restore-question.ts'
import { contentsLines, putBackLines, restoredJson } from './restore-text.ts'

type Options = { readonly yes?: boolean; readonly output: 'text' | 'json' }

/** Makes a database that other tools put back safe to go on from, once a person has agreed. */
export async function goOnFrom(
  io: Io,
  setting: Setting,
  { contents, mark }: PutBackDatabase,
  options: Options,
): Promise<ExitCode> {
  const store = storeName(setting)
  const { devices } = contents
  io.err(`Store    ${store}\n${contentsLines(contents, io).join('\n')}\n\n${TO_DO}`)
  if (options.yes !== true) {
    const question = `Type ${devices}, the number of devices in the database, to go on from it: `
    const refused = await askFor(io, devices, question)
    if (refused !== undefined) return refused
  }
  const putBack = await markBusy(io, devices, () => mark({ now: io.clock.now(), actor: io.actor }))
  if (options.output === 'json')
    printJson(io, restoredJson({ store, kept: undefined, backup: contents, putBack }))
  else io.out(goneOnText(store, devices, putBack))
  return EXIT.done
}

function goneOnText(store: string, devices: number, putBack: PutBack): string {
  const lines = [`Restored ${store}: ${counted(devices, 'device')}.`, '', ...putBackLines(putBack, false)]
  return `${lines.join('\n')}\n`
}

const TO_DO = `This is for a database that was put back to an earlier state, by pg_restore or point-in-time recovery:
  - Every device is planned again; nothing destructive is sent before the inventory of its MDM has been read whole.
  - What is under way in it is not sent again; an eSIM reset or a retirement among it waits for a person.
  - What is ready or held in it is planned again, and its approvals end.
  - A redownload dated before now counts as served.
  - Command ids begin anew.
`

/** Every device is gone through: of a large fleet that takes a while. */
async function markBusy(io: Io, devices: number, mark: () => Promise<PutBack>): Promise<PutBack> {
  using _busy = showBusy(io, 'doubting what is known of', devices)
  return await mark()
}
