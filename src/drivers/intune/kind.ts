import { SimplaneError } from '../../domain/error.ts'
import type { IntuneSettings } from '../../settings/intune.ts'
import type { DriverKind, Surroundings } from '../kind.ts'
import { capabilitiesOf } from './capabilities.ts'
import type { Credential } from './credential.ts'
import type { IntuneOptions } from './intune.ts'

/** Windows laptops, iPhones and iPads in Intune. Loaded when it is needed: most commands never talk to an MDM. */
export const INTUNE: DriverKind<IntuneSettings> = {
  capabilities: ({ scripts }) => capabilitiesOf(scripts),
  async open(settings, around) {
    const { openIntune } = await import('./intune.ts')
    return await openIntune(optionsOf(settings, around))
  },
  async check(settings, around) {
    const { checkIntune } = await import('./check.ts')
    return await checkIntune(optionsOf(settings, around))
  },
}

function optionsOf(settings: IntuneSettings, around: Surroundings): IntuneOptions {
  const { path, clientSecret: _secret, clientCertificate: _certificate, ca, ...same } = settings
  const { clock, log, pathOf, textOf } = around
  return {
    ...same,
    path: pathOf(path),
    clock,
    log,
    credential: () => credentialOf(settings, around),
    ...(ca === undefined ? {} : { ca: textOf(ca) }),
  }
}

/** Read anew at each sign-in: both are renewed. */
function credentialOf(
  { name, clientSecret, clientCertificate }: IntuneSettings,
  { reveal, textOf }: Surroundings,
): Credential {
  if (clientCertificate !== undefined) return { kind: 'certificate', pem: textOf(clientCertificate.file) }
  if (clientSecret !== undefined) return { kind: 'secret', secret: reveal(clientSecret) }
  throw new SimplaneError('settings', `Driver ${name} has neither clientSecret nor clientCertificate.`)
}
