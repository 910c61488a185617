import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from './tree.ts'

const FOLDER = fileURLToPath(new URL('../../desired-state/', import.meta.url))

function worked(): Record<string, Uint8Array> {
  const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return Object.fromEntries(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [relative(FOLDER, path).replaceAll('\\', '/'), readFileSync(path)]
    }),
  )
}

test('the worked example is valid: 9 files, 8 documents', () => {
  const { desired, findings, documents, files } = parse(worked())
  expect(findings).toEqual([])
  expect([files, documents]).toEqual([9, 8])
  expect(desired!.configurations.map(({ name }) => name)).toEqual(['acme-laptops', 'acme-phones'])
  expect(desired!.groups.map(({ name }) => name)).toEqual([
    'field-kits',
    'laptops-lyon',
    'laptops-paris',
    'phones',
  ])
  expect(desired!.retirements.map(({ select }) => select.devices.map(({ text }) => text))).toEqual([
    ['5CG40019'],
  ])
})

test('its first lesson stands where the documentation says: the server name of the laptops in line 8', () => {
  const [laptops] = parse(worked()).desired!.configurations
  expect(laptops!.places['spec.windows.serverName']).toEqual({
    file: 'configurations/acme-laptops.yaml',
    line: 8,
    column: 5,
  })
})

test('every document says which schema explains it, and the schema is there', () => {
  for (const [path, bytes] of Object.entries(worked())) {
    if (!path.endsWith('.yaml')) continue
    const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(new TextDecoder().decode(bytes))?.[1]
    expect(readFileSync(join(FOLDER, path, '..', schema!), 'utf8')).toContain('"$schema"')
  }
})
