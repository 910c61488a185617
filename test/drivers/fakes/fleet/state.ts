import { noOperators, type Operators } from '../../../syncml/device/operator.ts'
import type { Carriers } from '../apple-device.ts'
import type { Fault } from '../faults.ts'
import type { FakeHost } from './hosts.ts'
import type { FakeProfile } from './profiles.ts'

/** How the fake is set up. */
export type FakeFleetOptions = {
  readonly now: () => number
  readonly token?: string
  readonly version?: string
  readonly tier?: 'free' | 'premium'
  /** Which names it shows. */
  readonly teamKey?: 'team' | 'fleet'
}

/** A command that Fleet took, and what the device reported of it. */
export type FakeCommand = {
  readonly uuid: string
  readonly host: FakeHost
  readonly text: string
  readonly type: string
  readonly results: { readonly status: string; readonly updatedAt: number; readonly report: string }[]
}

/** An answer of Fleet's. */
export type Said = { readonly status: number; readonly body: string }

/** What is in Fleet's database, and how it behaves. */
export type State = Required<FakeFleetOptions> & {
  readonly hosts: Map<number, FakeHost>
  readonly labels: Map<string, { readonly manual: boolean }>
  readonly profiles: FakeProfile[]
  readonly commands: Map<string, FakeCommand>
  readonly operators: Operators
  readonly dials: ReturnType<typeof openDials>
}

export function openState(options: FakeFleetOptions): State {
  return {
    token: 'secret-api-token',
    version: '4.93.0',
    tier: 'premium',
    teamKey: 'team',
    ...options,
    hosts: new Map(),
    labels: new Map(),
    profiles: [],
    commands: new Map(),
    operators: noOperators(),
    dials: openDials(),
  }
}

function openDials() {
  return {
    /** What a request suffers, by its method and path. */
    fault: (_request: string): Fault | undefined => undefined,
    /** Whether reports of installs get to Fleet. */
    reports: 'shown' as 'shown' | 'held' | 'lost' | 'twice',
    push: 'ok' as 'ok' | 'failing',
    /** Makes profiles without the labels it was told. */
    forgetsLabels: false,
    /** A proxy answers instead. */
    proxy: undefined as Said | undefined,
    /** To these paths alone. */
    proxied: /./,
    bridge: 'ok' as 'ok' | 'unsupported',
    carriers: { delay: 60_000, empty: new Set<string>() } as Carriers,
    recording: false,
  }
}

export function ok(body: object): Said {
  return { status: 200, body: JSON.stringify(body) }
}

/** A complaint as Fleet words it. */
export function complain(status: number, message: string, reason: string): Said {
  const uuid = '44425e79-40c9-4391-8726-c5d7f1ad7f3f'
  return { status, body: JSON.stringify({ message, errors: [{ name: 'base', reason }], uuid }) }
}

export function missing(): Said {
  return complain(404, 'Resource Not Found', 'The requested resource was not found')
}
