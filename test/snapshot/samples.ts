export const envelope = {
  apiVersion: 'simplane/v1',
  kind: 'FleetSnapshot',
  takenAt: '2026-11-23T08:00:00Z',
  complete: true,
}

/** The device of contracts.md section 2. */
export const contractDevice = {
  id: 'd-1',
  driver: 'simulator',
  name: 'PAR-LT-0042',
  user: 'j.doe@acme.example',
  platform: 'windows',
  osVersion: '10.0.22631',
  edition: 'Enterprise',
  model: 'Latitude 7450',
  serialNumber: '5CG1234XYZ',
  eid: '89049032000000000000000000000012',
  imei: '350000000000006',
  euicc: 'present',
  registration: 'active',
  ownership: 'company',
  userEnrolled: false,
  enrolledAt: '2026-01-10T09:00:00Z',
  lastSeenAt: '2026-11-23T07:55:00Z',
  otherConnectivity: 'yes',
  labels: { site: 'paris' },
  groups: ['SG-Laptops-FR'],
  provisionedBefore: true,
  installed: [
    {
      configuration: 'acme-laptops',
      platform: 'windows',
      windows: { serverName: 'smdp.acme.example', isDiscoveryServer: false, autoEnable: true },
      installedAt: '2026-11-20T10:00:00Z',
      managed: true,
      onRemove: 'keep-esims',
      state: 'installed',
    },
  ],
  esims: [
    {
      iccid: '8933150319000000001',
      source: { configuration: 'acme-laptops', serverName: 'smdp.acme.example', onRemove: 'keep-esims' },
      enabled: true,
    },
  ],
  esimsComplete: true,
  eraseOwed: [],
  released: null,
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

export function jsonOf(devices: readonly object[]): Uint8Array {
  return bytesOf(JSON.stringify({ ...envelope, devices }))
}

export function ndjsonOf(devices: readonly object[]): Uint8Array {
  const end = { kind: 'FleetSnapshotEnd', devices: devices.length, complete: true }
  return bytesOf([envelope, ...devices, end].map((line) => `${JSON.stringify(line)}\n`).join(''))
}
