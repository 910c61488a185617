import { rm } from 'node:fs/promises'
import { Command } from 'commander'
import { SimplaneError } from '../domain/error.ts'
import type { DeviceRecord } from '../domain/device.ts'
import { HOLD_RULES, HOLD_WORDS } from '../report/hold-words.ts'
import { count } from '../report/numbers.ts'
import { progressBar } from '../report/progress-bar.ts'
import { padEnd } from '../report/width.ts'
import { theDevice } from '../reconcile/target.ts'
import { checkRetirement } from '../reconcile/retirement.ts'
import { configuration, GROUPS, POLICY, retirement } from './demo/story.ts'
import { openStage, type Stage } from './demo/stage.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import type { Finish } from './program.ts'

const DEVICES = 200
const HELP = `
Example:
  simplane demo

Six short chapters on a simulated fleet and a real git repository in a temporary folder: roll out, nothing to do,
change the carrier, wiped and back, drift, retire. Nothing outside that folder is touched; it ends by itself.`

/** `simplane demo`: a guided tour of the life of a fleet, in about half a minute. */
export function demoCommand(io: Io, finish: Finish): Command {
  return new Command('demo')
    .description('a guided tour on a simulated fleet, half a minute')
    .option('--clean', 'remove the temporary folder at the end')
    .addHelpText('after', HELP)
    .action(async (options: { clean?: boolean }) => finish(await demo(io, options.clean === true)))
}

async function demo(io: Io, clean: boolean): Promise<ExitCode> {
  const startedAt = io.clock.now()
  await using stage = await openStage(io.clock, io.signal, DEVICES)
  io.out(
    `A minute in the life of a fleet: ${DEVICES} simulated devices, a real git repository in a temporary folder.\n\n`,
  )
  for (const tell of [rollOut, nothingToDo, changeCarrier, wipedAndBack, drift, retire]) {
    if (io.signal.aborted) return EXIT.interrupted
    await tell(io, stage)
  }
  await closing(io, stage, startedAt, clean)
  return EXIT.done
}

async function rollOut(io: Io, stage: Stage): Promise<void> {
  chapter(io, 1, 'Roll out', 'git commit: acme-laptops to group paris')
  await stage.commit('Roll out Acme to the laptops', {
    'configurations/acme-laptops.yaml': configuration('smdp.acme.example'),
    'groups.yaml': GROUPS,
    'policy.yaml': POLICY,
  })
  const proven = await watch(io, stage, '+')
  expect(proven > 0, 'the rollout installed nothing')
}

async function nothingToDo(io: Io, stage: Stage): Promise<void> {
  chapter(io, 2, 'Nothing to do', 'the same revision once more')
  const before = stage.simulator.counts().told
  const began = performance.now()
  await stage.settle()
  expect(stage.simulator.counts().told === before, 'a pass over an unchanged fleet sent something')
  detail(
    io,
    `0 steps in ${count(Math.round(performance.now() - began))} ms`,
    'pushing again would download nothing, so it is not pushed',
    'S15',
  )
}

async function changeCarrier(io: Io, stage: Stage): Promise<void> {
  chapter(io, 3, 'Change the carrier', 'git commit: serverName -> smdp.neo.example')
  await stage.commit('Move the laptops to Neo', {
    'configurations/acme-laptops.yaml': configuration('smdp.neo.example'),
  })
  await watch(io, stage, '-/+')
  for (const hold of await stage.store.holds()) {
    const names = await Promise.all(
      hold.steps
        .slice(0, 1)
        .map(async ({ device }) => (await stage.store.get([device]))[0]?.record.name ?? device),
    )
    detail(
      io,
      `${count(hold.devices)} held`,
      `${names.join(', ')}: ${HOLD_WORDS[hold.code]} (${hold.code})`,
      HOLD_RULES[hold.code] ?? '',
    )
  }
}

async function wipedAndBack(io: Io, stage: Stage): Promise<void> {
  const device = await record(stage, 'LAP-0042')
  chapter(io, 4, 'Wiped and back', 'LAP-0042 was wiped and enrolled again; its old record is still there')
  stage.simulator.wipeAndReenrol(device.id)
  await watch(io, stage, 'x +')
  detail(io, '', 'the stale record goes first, then the install', 'S14, S26')
}

async function drift(io: Io, stage: Stage): Promise<void> {
  const device = await record(stage, 'LAP-0017')
  chapter(io, 5, 'Drift', 'the user of LAP-0017 deleted the eSIM')
  stage.simulator.userDeletesEsim(device.id)
  await watch(io, stage, '+')
  detail(io, 'removed-on-device', 'noticed, and repaired by an install', 'S19')
}

async function retire(io: Io, stage: Stage): Promise<void> {
  const { serialNumber = '' } = await record(stage, 'LAP-0088')
  chapter(io, 6, 'Retire', 'retirements/2026-q4.yaml names LAP-0088')
  await check(io, stage, 'no', EXIT.held)
  await stage.commit('Retire LAP-0088', { 'retirements/2026-q4.yaml': retirement(serialNumber) })
  await watch(io, stage, '!')
  detail(io, '', 'uninstall, eSIM reset, release', 'S17, S22')
  await check(io, stage, 'yes', EXIT.done)
}

async function check(io: Io, stage: Stage, expected: 'yes' | 'no', exit: number): Promise<void> {
  const { device } = await theDevice(stage.store, 'LAP-0088')
  const answer = checkRetirement(device, io.clock.now())
  expect(answer.may === (expected === 'yes'), `the retirement check did not say ${expected}`)
  detail(io, 'retirement check', `${expected}: ${answer.because.replace(/;.*/, '')}`, `exit code ${exit}`)
}

async function closing(io: Io, stage: Stage, startedAt: number, clean: boolean): Promise<void> {
  const entries = stage.simulator.log()
  const twice =
    new Set(entries.map((entry) => entry.command)).size !==
    entries.filter((entry) => stage.simulator.effects(entry.command) > 0).length
  expect(!twice, 'a step took effect twice')
  const held = (await stage.store.counts()).byVerdict.held
  const seconds = Math.round((io.clock.now() - startedAt) / 1_000)
  io.out(`\nAll steps proven, none issued twice, ${held} held for a person. ${seconds} s.\n`)
  if (clean) await rm(stage.folder, { recursive: true, force: true })
  else
    io.out(
      `The repository is still there: cd ${stage.folder} && git -C esim log --oneline && simplane status\n`,
    )
}

function chapter(io: Io, n: number, title: string, text: string): void {
  io.out(`${io.paint.bold(`${n}/6  ${padEnd(title, 20)}`)}  ${text}\n`)
}

function detail(io: Io, lead: string, text: string, right: string): void {
  io.out(`     ${padEnd(lead, 20)}  ${padEnd(text, 62)}  ${io.paint.dim(right)}\n`)
}

/** Reconciles, with a bar on a terminal and one line at the end; gives how many steps were proven. */
async function watch(io: Io, stage: Stage, symbol: string): Promise<number> {
  let last = { proven: 0, total: 0 }
  const began = io.clock.now()
  await stage.settle({
    progress: (report) => {
      last = report
      if (io.terminal)
        io.err(
          `\r\u001b[K     ${padEnd(symbol, 5)} ${progressBar(report.proven, report.total, 24)} ${report.proven}/${report.total}`,
        )
    },
  })
  if (io.terminal) io.err('\r\u001b[K')
  const seconds = ((io.clock.now() - began) / 1_000).toFixed(1)
  detail(
    io,
    `${symbol} ${last.proven}`,
    `${progressBar(last.proven, last.total, 24)} ${last.proven}/${last.total} steps proven`,
    `${seconds} s`,
  )
  return last.proven
}

async function record(stage: Stage, name: string): Promise<DeviceRecord> {
  return (await theDevice(stage.store, name)).device.record
}

function expect(truth: boolean, otherwise: string): void {
  if (!truth) throw new SimplaneError('internal', `The tour went wrong: ${otherwise}.`)
}
