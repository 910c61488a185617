import { byCode, forChip, type Operators } from './operator.ts'
import { childrenOf, cut, type Tree } from './tree.ts'

/** One eSIM on the chip, whoever put it there. */
export type ChipEsim = {
  readonly iccid: string
  /** Absent: not of the enterprise. */
  readonly server?: string
  readonly ppr1?: boolean
  readonly ppr2?: boolean
  enabled: boolean
}

/** What the reference leaves open, chosen. */
export type Choices = {
  /** Does an eSIM that came from a download server appear under Profiles? */
  readonly listsDownloaded: boolean
  /** The state of a discovery for which an eSIM of that server is there already. */
  readonly secondDiscovery: 3 | 4
}

/** The eUICC and the agent that works it: everything here takes time, and happens when the clock is set on. */
export type Chip = {
  readonly eid: string
  readonly path: string
  esims: ChipEsim[]
  jobs: Job[]
}

type Job = {
  readonly at: number
  readonly kind: 'start' | 'discover' | 'install' | 'delete' | 'erase'
  readonly name: string
}

const [START, FINISH] = [5_000, 60_000]
const MOST_ESIMS = 5

/** The agent sees what a command changed, and starts what follows from it. */
export function notice(chip: Chip, tree: Tree, before: Tree, now: number): void {
  for (const name of childrenOf(tree, `${chip.path}/DownloadServers`)) {
    const path = `${chip.path}/DownloadServers/${name}`
    if (before.has(path)) continue
    tree.set(`${path}/DiscoveryState`, '1')
    // A discovery server is asked when a user looks for an eSIM, not now.
    if (tree.get(`${path}/IsDiscoveryServer`) === 'true') continue
    chip.jobs.push({ at: now + START, kind: 'start', name }, { at: now + FINISH, kind: 'discover', name })
  }
  for (const name of childrenOf(tree, `${chip.path}/Profiles`)) {
    const path = `${chip.path}/Profiles/${name}`
    if (before.has(path)) continue
    tree.set(`${path}/State`, '1').set(`${path}/ErrorDetail`, '0')
    tree.set(`${path}/PPR1Set`, 'false').set(`${path}/PPR2Set`, 'false')
    chip.jobs.push({ at: now + FINISH, kind: 'install', name })
  }
}

/** Starts the deletion of a listed eSIM. */
export function startDeletion(chip: Chip, tree: Tree, iccid: string, now: number): void {
  tree.set(`${chip.path}/Profiles/${iccid}/State`, '3')
  chip.jobs.push({ at: now + START, kind: 'delete', name: iccid })
}

/** Starts the memory reset. */
export function startErasure(chip: Chip, tree: Tree, now: number): void {
  tree.set(`${chip.path}/Actions/Status`, '1')
  chip.jobs.push({ at: now + START, kind: 'erase', name: '' })
}

/** Everything that is due, in its order. */
export function catchUp(chip: Chip, tree: Tree, operators: Operators, choices: Choices, now: number): void {
  const due = chip.jobs.filter(({ at }) => at <= now).toSorted((a, b) => a.at - b.at)
  chip.jobs = chip.jobs.filter(({ at }) => at > now)
  for (const job of due) run(job, chip, tree, operators, choices)
  tree.set(`${chip.path}/PPR1Allowed`, String(chip.esims.length === 0))
  tree.set(`${chip.path}/PPR1AlreadySet`, String(chip.esims.some(({ ppr1 }) => ppr1 === true)))
}

function run(job: Job, chip: Chip, tree: Tree, operators: Operators, choices: Choices): void {
  const server = `${chip.path}/DownloadServers/${job.name}`
  switch (job.kind) {
    case 'start':
      if (tree.has(server)) tree.set(`${server}/DiscoveryState`, '2')
      return
    case 'discover':
      if (tree.has(server))
        tree.set(`${server}/DiscoveryState`, String(discover(job.name, chip, tree, operators, choices)))
      return
    case 'install':
      install(job.name, chip, tree, operators)
      return
    case 'delete':
      chip.esims = chip.esims.filter(({ iccid }) => iccid !== job.name)
      cut(tree, `${chip.path}/Profiles/${job.name}`)
      return
    case 'erase':
      chip.esims = []
      for (const name of childrenOf(tree, `${chip.path}/Profiles`)) cut(tree, `${chip.path}/Profiles/${name}`)
      tree.set(`${chip.path}/Actions/Status`, '0')
      return
  }
}

function discover(server: string, chip: Chip, tree: Tree, operators: Operators, choices: Choices): number {
  // What is there blocks: the server gives no second eSIM, and the chip takes none.
  if (chip.esims.some((each) => each.server === server)) return choices.secondDiscovery
  const found = forChip(operators, server, chip.eid)
  if (found === undefined || chip.esims.length >= MOST_ESIMS) return 4
  if (found.ppr1 === true && chip.esims.length > 0) return 4
  found.bound = true
  const enabled = tree.get(`${chip.path}/DownloadServers/${server}/AutoEnable`) === 'true'
  chip.esims.push({ ...found, enabled })
  if (choices.listsDownloaded) list({ ...found, enabled }, chip, tree)
  return 3
}

function list(esim: ChipEsim, chip: Chip, tree: Tree): void {
  const path = `${chip.path}/Profiles/${esim.iccid}`
  tree
    .set(path, undefined)
    .set(`${path}/ServerName`, esim.server ?? '')
    .set(`${path}/MatchingID`, '')
  tree
    .set(`${path}/State`, '2')
    .set(`${path}/ErrorDetail`, '0')
    .set(`${path}/IsEnabled`, String(esim.enabled))
  tree.set(`${path}/PPR1Set`, String(esim.ppr1 === true)).set(`${path}/PPR2Set`, String(esim.ppr2 === true))
}

function install(iccid: string, chip: Chip, tree: Tree, operators: Operators): void {
  const path = `${chip.path}/Profiles/${iccid}`
  if (!tree.has(path)) return
  const [server, matchingId] = [tree.get(`${path}/ServerName`) ?? '', tree.get(`${path}/MatchingID`) ?? '']
  const given = byCode(operators, { server, iccid, matchingId, eid: chip.eid })
  const error = typeof given === 'number' ? given : refusal(chip, given.ppr1 === true)
  if (typeof given === 'number' || error !== 0) {
    tree.set(`${path}/State`, '4').set(`${path}/ErrorDetail`, String(error))
    return
  }
  given.bound = true
  const enabled = tree.get(`${path}/IsEnabled`) === 'true'
  chip.esims.push({ ...given, enabled })
  list({ ...given, enabled }, chip, tree)
  tree.set(`${path}/MatchingID`, matchingId)
}

function refusal(chip: Chip, ppr1: boolean): number {
  if (chip.esims.length >= MOST_ESIMS) return 8
  return ppr1 && chip.esims.length > 0 ? 5 : 0
}
