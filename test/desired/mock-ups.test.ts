import { expect, test } from 'vitest'
import { findingsText } from '../../src/report/findings-text.ts'
import { parse } from './tree.ts'

const CONFIGURATION = `# yaml-language-server: $schema=../../schemas/simplane.schema.json
# Acme
apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: NAME }
spec:
  windows:
    KEY: SERVER
    autoEnable: true
  # who gets it
  distribution:
    to: custom
    groups: [GROUP]
`

function configuration(name: string, key: string, server: string, group: string): string {
  return CONFIGURATION.replace('NAME', name)
    .replace('KEY', key)
    .replace('SERVER', server)
    .replace('GROUP', group)
}

test('four common mistakes are shown with their place, what was meant and why', () => {
  const files: Record<string, string> = {
    'configurations/acme-laptops.yaml': configuration(
      'acme-laptops',
      'serverUrl',
      'https://smdp.acme.example',
      'field-laptop',
    ),
    'configurations/neo-laptops.yaml': configuration(
      'neo-laptops',
      'serverName',
      'https://smdp.neo.example:443/',
      'field-laptops',
    ),
    'groups/field-laptops.yaml':
      'apiVersion: simplane/v1\nkind: DeviceGroup\nmetadata: { name: field-laptops }\nspec: { devices: [A] }\n',
    'retirements/2026-q4.yaml':
      'apiVersion: simplane/v1\nkind: Retirement\nmetadata: { name: 2026-q4 }\nspec: { devicesFrom: [../lists/2026-q4.csv] }\n',
    'lists/2026-q4.csv':
      'EID\n89049032000000000000000000000012\n89049032000000000000000000000013\n8.9049E+31\n',
  }
  const { findings, files: read } = parse(files)
  const text = findingsText(findings, {
    textOf: (file) => files[file],
    prefix: 'desired-state/',
    files: read,
  })
  // How far to the right a rule stands is the report's affair.
  expect(`\n${text.replace(/ +S4$/m, '  S4')}`).toBe(`
error[invalid-document]: unknown key "serverUrl"
  --> desired-state/configurations/acme-laptops.yaml:8:5
   |
 7 |   windows:
 8 |     serverUrl: https://smdp.acme.example
   |     ^^^^^^^^^ did you mean "serverName"?
   |
   = expected  serverName (required), isDiscoveryServer, autoEnable

error[unknown-group]: no DeviceGroup is named "field-laptop"
  --> desired-state/configurations/acme-laptops.yaml:13:14
   |
13 |     groups: [field-laptop]
   |              ^^^^^^^^^^^^ did you mean "field-laptops" (groups/field-laptops.yaml:3)?

error[invalid-document]: serverName must be a bare host name, not a URL  S4
  --> desired-state/configurations/neo-laptops.yaml:8:17
   |
 8 |     serverName: https://smdp.neo.example:443/
   |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = write     serverName: smdp.neo.example
   = why       Windows takes the URL, contacts nobody, and the console stays green

error[invalid-document]: "8.9049E+31" is not an EID: Excel has rounded it
  --> desired-state/lists/2026-q4.csv:4:1
   |
 4 | 8.9049E+31
   | ^^^^^^^^^^ an EID has 32 digits
   |
   = instead   export the column as text, or use the column "Serial number"

4 errors in 3 of 5 files. Nothing was changed.
More about a code: npx simplane explain unknown-group
`)
})
