import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { runCli } from '../../src/cli/program.ts'
import { systemClock } from '../../src/clock.ts'
import type { DeviceFacts } from '../../src/domain/device.ts'
import type { EsimSpec } from '../../src/domain/esim.ts'
import { plainPaint } from '../../src/report/paint.ts'
import { openFakeGitHub, TOKEN } from '../forge/fakes/github.ts'
import { HOME } from '../forge/fakes/github-shapes.ts'
import { openWorld, type World } from '../reconcile/world.ts'
import { Repository } from '../source/repository.ts'

const LAPTOPS = `# Who has it is decided by the group.
apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: acme-laptops }
spec:
  windows:
    serverName: smdp.acme.example   # the carrier's
  distribution:
    to: custom
    groups: [paris, lyon]           # both offices
`
const PARIS = `apiVersion: simplane/v1
kind: DeviceGroup
metadata: { name: paris }
spec: { selector: { mdmGroups: [SG-Laptops-Paris] } }
`
const LYON = `apiVersion: simplane/v1
kind: DeviceGroup
metadata: { name: lyon }
spec: { selector: { matchLabels: { site: lyon, simplane/platform: windows } }, except: { devices: [5CG40023] } }
`
const POLICY = (mode: string): string => `apiVersion: simplane/v1
kind: Policy
metadata: { name: default }
spec: { mode: ${mode}, budgets: { reset: unlimited, uninstall: unlimited }, stranding: { unknown: allow } }
`
const FILE = 'esim/configurations/acme-laptops.yaml'
const NEO: EsimSpec = {
  platform: 'windows',
  serverName: 'smdp.neo.example',
  isDiscoveryServer: false,
  autoEnable: true,
}
const PHONES = `apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: acme-phones }
spec:
  ios: { carrierUrl: https://smdp.acme.example }
  distribution: { to: custom, groups: [phones] }
---
apiVersion: simplane/v1
kind: DeviceGroup
metadata: { name: phones }
spec: { selector: { mdmGroups: [SG-Phones] } }
`
const SECOND: EsimSpec = { platform: 'ios', carrierUrl: 'https://smdp2.acme.example/' }
const OFF: EsimSpec = { ...NEO, serverName: 'smdp.acme.example', autoEnable: false }

type Said = { readonly code: number; readonly out: string; readonly err: string }
type Place = {
  readonly world: World
  readonly repository: Repository
  readonly github: Awaited<ReturnType<typeof openFakeGitHub>>
  /** In sync, laptops of the group; by id. */
  readonly paris: readonly string[]
  readonly lyon: readonly string[]
  /** Another administrator gives it another eSIM. */
  gives(id: string, spec: EsimSpec): void
  adopt(words: readonly string[], answer?: string): Promise<Said>
  serialOf(id: string): Promise<string>
}

async function openPlace(
  extra: Readonly<Record<string, string>> = {},
  {
    forge = true,
    facts = (same) => same,
  }: { forge?: boolean; facts?: (facts: DeviceFacts) => DeviceFacts } = {},
): Promise<Place> {
  const stack = new AsyncDisposableStack()
  const repository = stack.use(new Repository())
  const source = stack.use(await repository.open({ path: 'esim' }))
  const world = await openWorld({ source, devices: 42, facts })
  const github = stack.use(await openFakeGitHub(() => world.clock.now(), 'token'))
  onTestFinished(() => stack.disposeAsync())
  const write = (mode: string): string => {
    const files = { [FILE]: LAPTOPS, 'esim/paris.yaml': PARIS, 'esim/lyon.yaml': LYON, ...extra }
    repository.write({ ...files, 'esim/policy.yaml': POLICY(mode) })
    return repository.push(mode)
  }
  write('enforce')
  await world.settle()
  // Nobody changes it back while somebody thinks about it.
  const head = write('observe')
  await world.settle()
  const known = github.repository.commits.get(github.repository.first)
  const tree = github.repository.addTree(
    new Map(
      repository
        .git(repository.clone, 'ls-files')
        .split('\n')
        .map((path) => [path, readFileSync(join(repository.clone, path), 'utf8')]),
    ),
  )
  if (known !== undefined) github.repository.commits.set(head, { ...known, sha: head, tree })
  github.repository.branches.set('main', head)
  writeFileSync(
    join(world.folder, 'simplane.yaml'),
    `apiVersion: simplane/v1
kind: Settings
source: { repo: ${repository.remote}, ref: main, path: esim }
store: ${join(world.folder, 'simplane.db')}
${forge ? `reports: { forge: { kind: github, repository: ${HOME.owner}/${HOME.repo}, api: "${github.address}", token: { env: FORGE } } }` : ''}
`,
  )
  const members = async (group: string): Promise<string[]> =>
    (await world.store.devices({ group }, 100))
      .filter(({ status }) => status.verdict !== 'not-eligible')
      .map(({ record }) => record.id)

  async function adopt(words: readonly string[], answer?: string): Promise<Said> {
    const texts = { out: '', err: '' }
    const code = await runCli(['adopt', ...words], {
      cwd: world.folder,
      env: { ...process.env, FORGE: TOKEN },
      clock: { ...systemClock, now: () => world.clock.now() },
      signal: new AbortController().signal,
      out: (text) => void (texts.out += text),
      err: (text) => void (texts.err += text),
      terminal: false,
      paint: plainPaint,
      time: { clock: String, date: String },
      ask: async () => answer,
      actor: 'ann',
      version: '0',
    })
    return { code, ...texts }
  }

  return {
    world,
    repository,
    github,
    paris: await members('paris'),
    lyon: await members('lyon'),
    gives(id, spec) {
      world.simulator.userDeletesEsim(id)
      world.simulator.consoleInstalls(id, spec, 'acme-laptops')
    },
    adopt,
    serialOf: async (id) => (await world.device(id)).record.serialNumber ?? '',
  }
}

/** What the pull request holds, against main. */
function proposed({ github }: Place): {
  readonly title: string
  readonly body: string
  readonly branch: string
  readonly files: Readonly<Record<string, string>>
} {
  const pulls = github.repository.issues.filter(({ pull }) => pull !== undefined)
  const [only] = pulls
  if (only?.pull === undefined || pulls.length > 1) throw new Error(`${pulls.length} pull requests`)
  const { branch } = only.pull
  const main = github.repository.filesOf(github.repository.branches.get('main') ?? '')
  const files = github.repository.filesOf(github.repository.branches.get(branch) ?? '')
  const changed = [...files].filter(([path, text]) => main.get(path) !== text)
  return { title: only.title, body: only.body, branch, files: Object.fromEntries(changed) }
}

function nothingHappened({ github }: Place): void {
  expect(github.repository.issues).toEqual([])
  expect(github.requests.filter((each) => !each.startsWith('GET '))).toEqual([])
  expect([...github.repository.branches.keys()]).toEqual(['main'])
}

describe('drift that one wants to keep', () => {
  test('of everybody who wants a configuration changes it in place, and once merged nothing is left to do', async () => {
    const place = await openPlace()
    const { world, paris, lyon, github, repository } = place
    expect([paris.length > 3, lyon.length > 3]).toEqual([true, true])
    for (const id of [...paris, ...lyon]) place.gives(id, NEO)
    await world.pass()
    const { code, out, err } = await place.adopt([])
    expect([code, out, err]).toEqual([
      0,
      expect.stringMatching(/^Pull request #1: https:\S+\n$/) as string,
      expect.stringContaining('smdp.acme.example becomes smdp.neo.example') as string,
    ])
    const { title, body, branch, files } = proposed(place)
    expect(title).toBe('Adopt what the fleet has: acme-laptops')
    expect(branch).toMatch(/^simplane\/adopt-[0-9a-f]{12}$/)
    expect(files).toEqual({ [FILE]: LAPTOPS.replace('smdp.acme.example', 'smdp.neo.example') })
    expect(body).toContain('have no step')
    for (const id of paris) expect(body).not.toContain(await place.serialOf(id))

    // Asked twice, it is proposed once.
    expect((await place.adopt([])).code).toBe(0)
    expect(github.repository.issues).toHaveLength(1)

    repository.write({ ...files, 'esim/policy.yaml': POLICY('enforce') })
    repository.push('Merge')
    const before = world.simulator.counts().told
    await world.settle()
    expect((await world.store.counts()).drift).toEqual([])
    expect(world.simulator.counts().told).toBe(before)
  })

  test('of exactly one group becomes a configuration for that group, in a file beside it', async () => {
    const place = await openPlace()
    for (const id of place.paris) place.gives(id, NEO)
    await place.world.pass()
    const { code, out } = await place.adopt(['--group', 'paris', '--dry-run'])
    expect(code).toBe(0)
    nothingHappened(place)
    await expect(out).toMatchFileSnapshot('golden/adopt-group.diff')
    git(place.repository.clone, ['apply', '-'], out)
    place.repository.write({ 'esim/policy.yaml': POLICY('enforce') })
    place.repository.push('Merge')
    const before = place.world.simulator.counts().told
    await place.world.settle()
    expect(place.world.simulator.counts().told).toBe(before)
    expect((await place.world.store.counts()).drift).toEqual([])
  })

  test('of devices that were named becomes a configuration for them, once a person has typed how many are named', async () => {
    const place = await openPlace()
    const [first = '', second = ''] = place.paris
    for (const id of [first, second]) place.gives(id, NEO)
    await place.world.pass()
    const words = ['--device', first, '--device', second]
    expect((await place.adopt([])).err).toContain('and no group holds exactly these')
    const nobody = await place.adopt(words)
    expect([nobody.code, nobody.err]).toEqual([64, expect.stringContaining('write --yes') as string])
    expect((await place.adopt(words, '3')).code).toBe(3)
    nothingHappened(place)
    expect((await place.adopt(words, '2')).code).toBe(0)
    const { files, body } = proposed(place)
    expect(Object.keys(files)).toEqual(['esim/configurations/acme-laptops-adopted.yaml'])
    const serials = [await place.serialOf(first), await place.serialOf(second)]
    for (const serial of serials) {
      expect(Object.values(files)[0]).toContain(`serial:${serial}`)
      expect(body).not.toContain(serial)
    }
  })

  test('of a group some of whose members can have no eSIM is that of the others', async () => {
    const place = await openPlace()
    const notEligible = await place.world.store.devices({ group: 'lyon', verdict: 'not-eligible' }, 9)
    expect(notEligible.length).toBeGreaterThan(0)
    for (const id of place.lyon) place.gives(id, NEO)
    await place.world.pass()
    const { code, out } = await place.adopt(['--group', 'lyon', '--dry-run'])
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('+++ b/esim/configurations/acme-laptops-lyon.yaml') as string,
    ])
  })

  test('of phones that carry another URL changes the URL', async () => {
    const place = await openPlace({ 'esim/phones.yaml': PHONES })
    const phones = (await place.world.store.devices({ configuration: 'acme-phones' }, 100)).filter(
      ({ status }) => status.verdict === 'in-sync',
    )
    expect(phones.length).toBeGreaterThan(1)
    for (const { record } of phones) {
      place.world.simulator.userDeletesEsim(record.id)
      place.world.simulator.consoleInstalls(record.id, SECOND, 'acme-phones')
    }
    await place.world.pass()
    const { out, err } = await place.adopt(['--group', 'phones', '--dry-run'])
    expect([err, out.split('\n').filter((line) => /^[-+] /.test(line))]).toEqual([
      expect.stringContaining('https://smdp.acme.example/ becomes https://smdp2.acme.example/') as string,
      [
        '-  ios: { carrierUrl: https://smdp.acme.example }',
        '+  ios: { carrierUrl: https://smdp2.acme.example }',
      ],
    ])
  })

  test('of flags alone is one line', async () => {
    const place = await openPlace()
    for (const id of [...place.paris, ...place.lyon])
      place.world.simulator.consoleChanges(id, 'acme-laptops', OFF)
    await place.world.pass()
    const { out } = await place.adopt(['--configuration', 'acme-laptops', '--dry-run'])
    expect(out.split('\n').filter((line) => /^[-+] /.test(line))).toEqual(['+    autoEnable: false'])
  })

  test('of devices that have nothing any more excepts them, and keeps every other byte', async () => {
    const place = await openPlace()
    const [first = '', second = ''] = place.paris
    for (const id of [first, second]) {
      place.world.simulator.consoleChanges(id, 'acme-laptops', undefined)
      place.world.simulator.userDeletesEsim(id)
    }
    await place.world.pass()
    expect((await place.adopt(['--yes'])).code).toBe(0)
    const serials = [await place.serialOf(first), await place.serialOf(second)].sort()
    const line = `    except: { devices: [${serials.map((each) => `serial:${each}`).join(', ')}] }\n`
    expect(proposed(place).files).toEqual({ [FILE]: `${LAPTOPS}${line}` })
  })
})

describe('what is not certain is not adopted', () => {
  test('another server whose eSIM is not there, for the eSIM would be reset', async () => {
    const place = await openPlace()
    for (const id of [...place.paris, ...place.lyon])
      place.world.simulator.consoleChanges(id, 'acme-laptops', NEO)
    await place.world.pass()
    const { code, err, out } = await place.adopt(['--yes'])
    expect([code, out]).toEqual([3, ''])
    expect(err).toContain('smdp.neo.example is installed, but no eSIM of it is listed there')
    nothingHappened(place)
  })

  test('an eSIM that a user deleted while its configuration is installed: an exception would uninstall it', async () => {
    const place = await openPlace()
    place.world.simulator.userDeletesEsim(place.paris[0] ?? '')
    await place.world.pass()
    const { code, err } = await place.adopt(['--yes'])
    expect([code, err]).toEqual([3, expect.stringContaining('would not leave it alone') as string])
    nothingHappened(place)
  })

  test('a second configuration beside the wanted one', async () => {
    const place = await openPlace()
    const [first = ''] = place.paris
    place.gives(first, NEO)
    place.world.simulator.consoleInstalls(first, { ...NEO, serverName: 'smdp.third.example' }, 'third')
    await place.world.pass()
    const { code, err } = await place.adopt(['--device', first, '--yes'])
    expect([code, err]).toEqual([3, expect.stringContaining('2 configurations are installed') as string])
  })

  test('a device whose next configuration would be put on once it is excepted', async () => {
    const fallback = LAPTOPS.replace('acme-laptops', 'spare').replace('smdp.acme', 'smdp.spare')
    const place = await openPlace({ 'esim/spare.yaml': `${fallback}  priority: 200\n` })
    const [first = ''] = place.paris
    place.world.simulator.consoleChanges(first, 'acme-laptops', undefined)
    place.world.simulator.userDeletesEsim(first)
    await place.world.pass()
    const { code, err, out } = await place.adopt(['--yes'])
    expect([code, out]).toEqual([3, ''])
    expect(err).toMatch(/1 device would not be left alone\.\n {2}LAP-\S+: install: /)
    nothingHappened(place)
  })

  test('another server that a device could have which cannot have the present one, though mode observe hides its install', async () => {
    const discovery = LAPTOPS.replace("# the carrier's", '\n    isDiscoveryServer: true')
    const old = (facts: DeviceFacts): DeviceFacts =>
      facts.id === 'd-16' ? { ...facts, osVersion: '10.0.22000' } : facts
    const place = await openPlace({ [FILE]: discovery }, { facts: old })
    for (const id of [...place.paris, ...place.lyon])
      place.world.simulator.consoleChanges(id, 'acme-laptops', { ...OFF, autoEnable: true })
    await place.world.pass()
    const { code, err } = await place.adopt(['--yes'])
    expect([code, err]).toEqual([
      3,
      expect.stringContaining('LAP-0016 (not one of those to adopt): install: ') as string,
    ])
    nothingHappened(place)
  })

  test('a serial number that two devices share names neither of them', async () => {
    const place = await openPlace()
    const { world } = place
    const [first = ''] = place.paris
    const { record } = await world.device(first)
    world.simulator.addDevice({
      serialNumber: record.serialNumber ?? '',
      eid: '89049032000000000000000000009999',
      platform: 'windows',
    })
    place.gives(first, NEO)
    await world.pass()
    const { code, err } = await place.adopt(['--device', record.key, '--yes'])
    expect([code, err]).toEqual([3, expect.stringContaining('(ambiguous-device) would be wanted') as string])
    nothingHappened(place)
  })

  test('drift from a revision that is not the newest', async () => {
    const place = await openPlace()
    for (const id of place.paris) place.gives(id, NEO)
    await place.world.pass()
    place.repository.write({ 'esim/lyon.yaml': LYON.replace('lyon,', 'nantes,') })
    place.repository.push('Next')
    const { code, err } = await place.adopt([])
    expect([code, err]).toEqual([1, expect.stringContaining('is in force') as string])
    nothingHappened(place)
  })
})

test('without a forge the diff is printed, and how to set one up', async () => {
  const place = await openPlace({}, { forge: false })
  for (const id of place.paris) place.gives(id, NEO)
  await place.world.pass()
  const { code, out, err } = await place.adopt([])
  expect([code, out, err]).toEqual([
    1,
    expect.stringMatching(/^diff --git a\/esim\/configurations\/acme-laptops-paris\.yaml/) as string,
    expect.stringContaining('Set reports.forge') as string,
  ])
})

test('where nothing has drifted there is nothing to adopt, and what does not exist is said', async () => {
  const place = await openPlace()
  expect(await place.adopt([])).toEqual({ code: 0, out: '', err: 'There is no drift to adopt.\n' })
  expect((await place.adopt(['--group', 'pariss'])).err).toContain('No group is named "pariss"')
  const named = await place.adopt(['--device', place.paris[0] ?? '', '-o', 'json'])
  expect(named.code).toBe(3)
  expect(JSON.parse(named.out)).toMatchObject({
    kind: 'DriftAdoption',
    changes: [],
    notAdopted: [{ why: 'it does not contradict the desired state' }],
  })
})

function git(folder: string, words: readonly string[], input: string): void {
  execFileSync('git', [...words], { cwd: folder, input, stdio: ['pipe', 'pipe', 'pipe'] })
}

test('what is printed is a patch that git takes, whatever the lines', async () => {
  const { unifiedDiff } = await import('../../src/cli/adopt-diff.ts')
  const cases: readonly (readonly [string | undefined, string])[] = [
    [undefined, 'a\nb\n'],
    [undefined, 'a'],
    ['a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n', 'a\nB\nc\nd\ne\nf\ng\nh\ni\nj\nk\nL\nm\n'],
    ['a\r\nb\r\n', 'a\r\nx\r\nb\r\n'],
    ['a\nb', 'a\nb\nc'],
    ['a\na\nb\na\n', 'a\nb\na\na\nc\n'],
    ['x\n', 'a\nx\nb\n'],
  ]
  for (const [before, after] of cases) {
    const folder = mkdtempSync(join(tmpdir(), 'simplane-diff-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const path = join(folder, 'd/f.yaml')
    mkdirSync(dirname(path))
    if (before !== undefined) writeFileSync(path, before)
    git(folder, ['apply', '-'], unifiedDiff('d/f.yaml', before, after))
    expect(readFileSync(path, 'utf8')).toBe(after)
  }
})
