import { randomUUID } from 'node:crypto'
import type { FakeHost, HostedProfile } from './hosts.ts'

/** A configuration profile in Fleet. */
export type FakeProfile = {
  readonly uuid: string
  readonly team: number
  readonly name: string
  readonly xml: string
  labels: readonly { readonly name: string; broken?: boolean }[]
}

/** Fleet's half-minute round: which profiles each host is to get, and which it is to lose. */
export function reconcileProfiles(hosts: Iterable<FakeHost>, profiles: readonly FakeProfile[]): void {
  for (const host of hosts) {
    if (host.windows === undefined || !isOn(host)) continue
    const wanted = profiles.filter((profile) => isFor(profile, host))
    for (const profile of wanted) {
      const there = host.profiles.find(({ uuid }) => uuid === profile.uuid)
      if (there?.operation === 'install') continue
      host.profiles = host.profiles.filter(({ uuid }) => uuid !== profile.uuid)
      const { uuid, name, xml } = profile
      host.profiles.push({ uuid, name, xml, operation: 'install', status: 'pending', detail: '' })
    }
    for (const there of host.profiles) {
      if (there.operation === 'remove' || wanted.some(({ uuid }) => uuid === there.uuid)) continue
      // A broken profile stays where it is.
      if (
        profiles.some(
          ({ uuid, labels }) => uuid === there.uuid && labels.some(({ broken }) => broken === true),
        )
      )
        continue
      there.operation = 'remove'
      there.status = 'pending'
    }
  }
}

export function isOn({ enrollment }: FakeHost): boolean {
  return enrollment?.startsWith('On') === true
}

/** Without a label a profile is for every host of its team. */
function isFor({ team, labels }: FakeProfile, host: FakeHost): boolean {
  if (team !== (host.teamId ?? 0) || labels.some(({ broken }) => broken === true)) return false
  return labels.every(({ name }) => host.labels.has(name))
}

/** A Windows device in session with Fleet: profiles first. `report`: what Fleet notes of it, now or never. */
export function deliverProfiles(host: FakeHost, report: (note: () => void) => void): void {
  for (const profile of host.profiles.filter(({ status }) => status === 'pending')) {
    if (profile.operation === 'install') deliver(host, profile, report)
    else takeOff(host, profile, report)
  }
}

function deliver(host: FakeHost, profile: HostedProfile, report: (note: () => void) => void): void {
  const [first = 0, ...parts] = speak(host, profile.xml)
  const worst = parts.find((code) => code >= 300 && code !== 216) ?? first
  if (worst < 300) {
    host.log.push(`install ${profile.name}`)
    profile.status = null
    report(() => void (profile.status = 'verified'))
    return
  }
  if (worst === 418) {
    // It exists: Fleet sends the profile again as Replace, and is content with that. Nothing is downloaded.
    const codes = speak(host, profile.xml.replaceAll('Add>', 'Replace>'))
    host.log.push(`replace ${profile.name}`)
    report(() => void (profile.status = codes.every((code) => code < 300) ? 'verified' : 'failed'))
    return
  }
  report(() => {
    profile.status = 'failed'
    profile.detail = `./Device/Vendor/MSFT/eUICCs: status ${worst}`
  })
}

/** A Delete for each address that the profile added, not in an Atomic; 404, 405 and 500 are as good as done to Fleet. */
function takeOff(host: FakeHost, profile: HostedProfile, report: (note: () => void) => void): void {
  const uris = [...profile.xml.matchAll(/<LocURI>([^<]+)<\/LocURI>/g)].map(([, uri]) => uri ?? '')
  const deletes = uris.map(
    (uri) =>
      `<Delete><CmdID>${randomUUID()}</CmdID><Item><Target><LocURI>${uri}</LocURI></Target></Item></Delete>`,
  )
  const codes = speak(host, deletes.join(''))
  if (codes[0] === 200) host.log.push(`remove ${profile.name}`)
  const failed = codes.some((code) => code >= 300 && ![404, 405, 500].includes(code))
  report(() => {
    if (failed) profile.status = 'failed'
    else host.profiles = host.profiles.filter((each) => each !== profile)
  })
}

/** One message to a Windows device; its statuses in order, without that of the header. */
export function speak(host: FakeHost, body: string): readonly number[] {
  return [...converse(host, body).matchAll(/<Status>.*?<Data>(\d{3})<\/Data><\/Status>/g)]
    .map(([, code]) => Number(code))
    .slice(1)
}

/** One message to a Windows device, and its answer. */
export function converse(host: FakeHost, body: string): string {
  const head =
    '<VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>' +
    '<Target><LocURI>device</LocURI></Target><Source><LocURI>https://fleet.example.com</LocURI></Source>'
  const message = `<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr>${head}</SyncHdr><SyncBody>${body}<Final/></SyncBody></SyncML>`
  return host.windows?.exchange(message) ?? ''
}
