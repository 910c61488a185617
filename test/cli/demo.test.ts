import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { simplane, temporary } from './harness.ts'

test('the tour tells its six chapters, proves every step once, and leaves nothing with --clean', async () => {
  const folder = temporary()
  const ended = await simplane(folder, ['demo', '--clean'], { env: { TMPDIR: folder } })
  expect(ended.code).toBe(0)
  for (const chapter of [1, 2, 3, 4, 5, 6]) expect(ended.out).toContain(`\n${chapter}/6  `)
  expect(ended.out).toMatch(/All steps proven, none issued twice, \d+ held for a person/)
  expect(readdirSync(folder).filter((name) => name.startsWith('simplane-demo-'))).toEqual([])
  expect(existsSync(join(folder, 'state'))).toBe(false)
})
