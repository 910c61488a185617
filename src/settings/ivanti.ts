import { normaliseCarrierUrl, type EsimSpec } from '../domain/esim.ts'
import type { Duration } from '../domain/time.ts'
import { milliseconds } from './duration.ts'
import type { SecretRef } from './secret.ts'

/** How a tenant of Neurons for MDM is reached, and what an administrator set up in its console. */
export type IvantiSettings = {
  readonly name: string
  readonly kind: 'ivanti'
  readonly path: string
  readonly address: string
  readonly user: string
  readonly password: SecretRef
  readonly space?: string
  readonly attribute: string
  /** What the console's configuration for each value of the attribute says. */
  readonly configurations: Readonly<Record<string, EsimSpec>>
  readonly resetAttribute?: string
  readonly heardAfter: Duration
  readonly iccids: 'ignore' | 'trust'
  readonly maxRequestsPerSecond: number
  /** File of the certificate authority. */
  readonly ca?: string
}

type WrittenSpec =
  | { readonly serverName: string; readonly isDiscoveryServer?: boolean; readonly autoEnable?: boolean }
  | { readonly carrierUrl: string }

/** As the schema accepts it. */
export type WrittenIvanti = Partial<Omit<IvantiSettings, 'heardAfter' | 'configurations'>> &
  Pick<IvantiSettings, 'name' | 'kind' | 'address' | 'user' | 'password' | 'attribute'> & {
    readonly configurations: Readonly<Record<string, WrittenSpec>>
    readonly heardAfter?: string
  }

/** With the defaults; `path` is where its file is unless it is written. */
export function completeIvanti(
  { configurations, heardAfter, ...written }: WrittenIvanti,
  path: string,
): IvantiSettings {
  return {
    path,
    iccids: 'ignore',
    maxRequestsPerSecond: 2,
    ...written,
    configurations: Object.fromEntries(
      Object.entries(configurations).map(([value, spec]) => [value, completeSpec(spec)]),
    ),
    heardAfter: milliseconds(heardAfter ?? '15m'),
  }
}

/** The defaults are those of an EsimConfiguration. */
function completeSpec(spec: WrittenSpec): EsimSpec {
  if ('carrierUrl' in spec) return { platform: 'ios', carrierUrl: normaliseCarrierUrl(spec.carrierUrl) }
  const { serverName, isDiscoveryServer = false, autoEnable = true } = spec
  return { platform: 'windows', serverName: serverName.toLowerCase(), isDiscoveryServer, autoEnable }
}
