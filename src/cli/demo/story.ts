/** The desired state that the tour writes, commit by commit. */
export function configuration(serverName: string, group = 'paris'): string {
  return `apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: acme-laptops, description: The tour's laptops }
spec:
  windows: { serverName: ${serverName} }
  distribution: { to: custom, groups: [${group}] }
`
}

export const GROUPS = `apiVersion: simplane/v1
kind: DeviceGroup
metadata: { name: paris }
spec: { selector: { mdmGroups: [SG-Laptops-Paris, SG-Laptops-Lyon] } }
---
apiVersion: simplane/v1
kind: DeviceGroup
metadata: { name: field-kits }
spec: { selector: { mdmGroups: [SG-Field] } }
`

/** On a tour everything may happen today; a real fleet keeps the default budgets. */
export const POLICY = `apiVersion: simplane/v1
kind: Policy
metadata: { name: default }
spec:
  budgets: { reset: unlimited, uninstall: unlimited }
  connectivity: [{ groups: [field-kits], other: no }]
`

export function retirement(serialNumber: string): string {
  return `apiVersion: simplane/v1
kind: Retirement
metadata: { name: 2026-q4, description: Lease end }
spec: { devices: [${serialNumber}] }
`
}
