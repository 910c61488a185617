import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parsed, quickWorkplace, schemaErrors, service, simplane } from './harness.ts'

const LAPTOPS = 'desired-state/configurations/acme-laptops.yaml'

function edit(folder: string, from: string, to: string): void {
  const file = join(folder, LAPTOPS)
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to))
}

test('the service converges, follows a saved file, refuses a broken one with its line, and stops when asked', async () => {
  const folder = quickWorkplace()
  const running = service(folder)
  await running.says(/read +8 documents/)
  await running.says(/observed +42 devices.*inventory complete/)
  await running.says(/in sync +38 devices are as git says; 1 ready to retire, 1 held, 3 not eligible/)
  await running.says(/Watching \.\/desired-state/)

  edit(folder, 'serverName: smdp.acme.example', 'serverUrl: smdp.acme.example')
  await running.says(/changed +configurations\/acme-laptops\.yaml/)
  await running.says(/refused +configurations\/acme-laptops\.yaml has 1 error\. No device is touched/)
  await running.says(/--> desired-state\/configurations\/acme-laptops\.yaml:\d+:\d+/)
  await running.says(/\^{9} did you mean "serverName"/)
  const refused = await simplane(folder, ['status'])
  expect(refused.out).toMatch(/^REFUSED +working tree .* has 1 error, no device is touched for it/)

  edit(folder, 'serverUrl: smdp.acme.example', 'serverName: smdp.neo.example')
  await running.says(/windows\.serverName smdp\.acme\.example -> smdp\.neo\.example/)
  await running.says(/Every eSIM on \d+ devices is erased first\. The laptops themselves are not touched\./)
  await running.says(/in sync/)
  const history = await simplane(folder, ['history'])
  expect(history.out).toMatch(/revision[^]*refused[^]*1 error[^]*revision/)

  expect((await running.stop('SIGTERM')).code).toBe(0)
  expect(running.said()).toContain('Stopped. What is under way is taken up again at the next start.')
  const after = await simplane(folder, ['status'])
  expect(after).toMatchObject({ code: 1, out: expect.stringMatching(/^NO SERVICE +last pass/) as string })
})

test('commands beside a running service tell, approve, retry and ask it for a pass', async () => {
  const folder = quickWorkplace()
  const running = service(folder)
  await running.says(/in sync +38 devices/)
  const json = async (...words: string[]): Promise<Record<string, unknown>> =>
    parsed(await simplane(folder, [...words, '-o', 'json']))

  expect(await simplane(folder, ['status', '--healthy'])).toEqual({ code: 0, out: '', err: '' })
  expect(await json('status')).toMatchObject({
    standing: 'held',
    devices: { total: 42 },
    withoutEsim: { devices: 0 },
  })
  const held = await simplane(folder, ['explain', 'LAP-0023'])
  expect(held.out).toMatch(
    /HELD .*\n[^]*WANTED[^]*DEVICE HAS[^]*WHY HELD[^]*ENDS WHEN[^]*simplane approve h-[0-9a-f]+/,
  )
  expect((await simplane(folder, ['status', 'LAP-0023'])).out).toMatch(
    /^LAP-0023[^]*HELD[^]*PLAN +1 {2}eSIM reset/,
  )
  expect((await simplane(folder, ['status', 'acme-laptops'])).out).toMatch(
    /HELD +1 device of 27[^]*Not in sync/,
  )
  expect((await simplane(folder, ['explain', 'laptops-paris'])).out).toMatch(
    /SAYS +in the MDM group[^]*USED BY +configuration\/acme-laptops/,
  )
  expect((await simplane(folder, ['explain', 'retirement/2026-q4'])).out).toContain('ready to be retired: 1')
  expect(await json('explain', 'configuration/acme-laptops')).toMatchObject({
    kind: 'TargetExplanation',
    standing: 'held',
  })
  expect((await simplane(folder, ['explain', 'configuration/acme'])).err).toMatch(
    /No configuration is named "acme"/,
  )
  expect((await simplane(folder, ['explain', 'a-word'])).code).toBe(1)

  const steps = (await simplane(folder, ['history', 'LAP-0019'])).out
  expect(steps).toMatch(
    /uninstall acme-laptops planned[^]*uninstall acme-laptops sent[^]*proven[^]*eSIM reset proven[^]*release proven/,
  )
  expect((await json('history'))['events']).toContainEqual(expect.objectContaining({ kind: 'run' }))
  expect((await json('devices', '--verdict', 'held'))['devices']).toHaveLength(1)
  const csv = (await simplane(folder, ['devices', '--platform', 'ios', '-o', 'csv'])).out.trim().split('\n')
  expect(csv[0]).toMatch(/^Device,Name,Serial number/)
  expect(csv.length).toBeGreaterThan(1)

  expect((await simplane(folder, ['retirement', 'check', 'LAP-0019'])).code).toBe(0)
  const no = await simplane(folder, ['retirement', 'check', 'LAP-0007'])
  expect(no).toMatchObject({ code: 3, out: expect.stringMatching(/^NO .*must not be retired yet/) as string })
  expect(await simplane(folder, ['retirement', 'check', 'LAP-9999'])).toMatchObject({ code: 1, out: '' })
  expect(await simplane(folder, ['drift', '--detailed-exitcode'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^No drift/) as string,
  })
  expect((await simplane(folder, ['retry', 'fleet'])).out).toBe('Nothing of the fleet had given up.\n')
  expect(await json('retry', 'fleet')).toMatchObject({ kind: 'Retry', devices: 0 })

  const second = await simplane(folder, ['run'])
  expect(second).toMatchObject({
    code: 1,
    err: expect.stringMatching(/Another simplane \(process \d+\) works on/) as string,
  })
  expect((await simplane(folder, ['reconcile', '--wait'])).code).toBe(3)

  const { holds } = (await json('plan')) as { holds: { id: string }[] }
  const id = holds[0]?.id ?? ''
  const asked = await simplane(folder, ['approve', id])
  expect(asked).toMatchObject({ code: 64, out: '' })
  expect(asked.err).toMatch(/Every eSIM on this 1 device is erased; the laptop is not\.[^]*write --yes/)
  expect((await simplane(folder, ['approve', 'h-0000', '--yes'])).err).toContain(`Held now: ${id}`)
  const approved = await simplane(folder, ['approve', id, '--yes', '--reason', 'INC-1'], {
    env: { SIMPLANE_ACTOR: 'ali' },
  })
  expect(approved).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Approved h-[0-9a-f]+: 2 steps on 1 device/) as string,
  })
  expect((await simplane(folder, ['reconcile', '--wait'])).code).toBe(0)
  expect((await simplane(folder, ['status', 'LAP-0023'])).out).toMatch(/IN SYNC/)
  expect((await simplane(folder, ['history'])).out).toMatch(
    /approved h-[0-9a-f]+: would-strand, 1 device: INC-1, by\s+ali/,
  )

  const empty = await simplane(folder, ['plan', '--detailed-exitcode', '-o', 'json'])
  expect({ code: empty.code, errors: schemaErrors('plan', parsed(empty)) }).toEqual({ code: 0, errors: null })
  expect((await running.stop('SIGINT')).code).toBe(130)
})

test('what the service logs where nobody watches is one JSON object a line', async () => {
  const folder = quickWorkplace()
  const running = service(folder, { env: { SIMPLANE_LOG_FORMAT: 'json' } })
  await running.says(/"event":"planned"/)
  const { code, err, out } = await running.stop('SIGTERM')
  expect({ code, out }).toEqual({ code: 0, out: '' })
  const events = err
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { event: string }).event)
  expect(events).toEqual(expect.arrayContaining(['read', 'planned', 'stopped']))
})
