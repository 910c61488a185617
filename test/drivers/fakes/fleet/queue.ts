import { carryOut, element, type AppleDevice } from '../apple-device.ts'
import type { FakeHost } from './hosts.ts'
import { deliverProfiles, isOn, speak } from './profiles.ts'
import { complain, missing, ok, type Said, type State } from './state.ts'

/** The endpoints of commands, and the devices that fetch them. */
export function openQueue({ now, hosts, commands, dials }: State) {
  const held: (() => void)[] = []

  function run({ command, host_uuids: uuids }: { command: string; host_uuids: string[] }): Said {
    const text = Buffer.from(command, 'base64').toString()
    const targets = [...hosts.values()].filter(({ uuid }) => uuids.includes(uuid))
    const [host] = targets
    if (host === undefined) return missing()
    if (targets.some((each) => !isOn(each)))
      return complain(
        412,
        "Can't run the MDM command because one or more hosts have MDM turned off.",
        'MDM is off',
      )
    const isWindows = host.windows !== undefined
    if (isWindows && (!text.startsWith('<Exec>') || text.match(/<Item>/g)?.length !== 1))
      return complain(422, 'Validation Failed', 'You can run only a single <Exec> command.')
    if (!isWindows && !text.includes('<plist'))
      return complain(415, "The payload isn't valid XML", 'plist: no plist')
    const uuid = element(text, isWindows ? 'CmdID' : 'CommandUUID')
    const cmd = /<CmdID>([^<]+)<\/CmdID>/.exec(text)?.[1] ?? ''
    const id = isWindows ? cmd : uuid
    if (id === '') return complain(422, 'Validation Failed', 'The command lacks an id.')
    if (commands.has(id))
      return complain(409, 'Resource Already Exists', `Error 1062: Duplicate entry '${id}' for key 'PRIMARY'`)
    const type = isWindows ? (/<LocURI>([^<]+)</.exec(text)?.[1] ?? '') : element(text, 'RequestType')
    commands.set(id, { uuid: id, host, text, type, results: [] })
    host.queue.push(id)
    if (dials.push === 'failing' && !isWindows)
      return complain(502, 'Some errors occurred while sending push notifications', 'APNs: no such host')
    return ok({ command_uuid: id, request_type: type, platform: isWindows ? 'windows' : 'darwin' })
  }

  function results(uuid: string): Said {
    const command = commands.get(uuid)
    if (command === undefined) return missing()
    if (command.results.length === 0) return ok({})
    const { host, type, text } = command
    return ok({
      results: command.results.map(({ status, updatedAt, report }) => ({
        host_uuid: host.uuid,
        command_uuid: uuid,
        status,
        updated_at: new Date(updatedAt).toISOString(),
        request_type: type,
        hostname: `host-${host.id}`,
        payload: Buffer.from(text).toString('base64'),
        result: Buffer.from(report).toString('base64'),
      })),
    })
  }

  /** A report that reaches Fleet, when it does. */
  function note(isInstall: boolean, write: () => void): void {
    if (!isInstall || dials.reports === 'shown' || dials.reports === 'twice') write()
    else if (dials.reports === 'held') held.push(write)
  }

  function checkIn(host: FakeHost): void {
    host.windows?.setClock(now())
    if (!host.online || !isOn(host)) return
    host.seenAt = now()
    if (host.windows !== undefined) {
      deliverProfiles(host, (write) =>
        note(
          host.profiles.some(({ operation }) => operation === 'install'),
          write,
        ),
      )
      for (const id of host.queue.splice(0)) runOnWindows(host, id)
    } else if (host.apple !== undefined) runOnApple(host, host.apple)
  }

  function runOnWindows(host: FakeHost, id: string): void {
    const command = commands.get(id)
    if (command === undefined) return
    const [code = 0] = speak(host, command.text)
    if (code < 300) host.log.push(`exec ${command.type}`)
    command.results.push({ status: String(code), updatedAt: now(), report: `<Status>${code}</Status>` })
  }

  function runOnApple(host: FakeHost, apple: AppleDevice): void {
    const offered = host.queue.splice(0)
    for (const [at, id] of offered.entries()) {
      if (id === 'turn-off') {
        leave(host)
        return
      }
      const command = commands.get(id)
      if (command === undefined) continue
      const report = carryOut(apple, command.text, now(), dials.carriers)
      const result = { status: report.status, updatedAt: now(), report: report.xml }
      if (report.status === 'NotNow') {
        command.results.splice(0, command.results.length, result)
        host.queue.push(...offered.slice(at))
        return
      }
      note(command.type === 'RefreshCellularPlans', () => {
        command.results.splice(0, command.results.length, result)
        if (dials.reports === 'twice' || apple.stutters) command.results.push({ ...result })
      })
    }
  }

  function leave(host: FakeHost): void {
    host.enrollment = 'Off'
    host.queue = []
    host.profiles = []
  }

  /** Reports that were held arrive. */
  function release(): void {
    for (const write of held.splice(0)) write()
  }

  return { run, results, checkIn, leave, release }
}
