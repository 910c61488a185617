import { Command, Option } from 'commander'
import { FINDING_CODES, type FindingCode } from '../domain/finding.ts'
import { VERDICTS, type Verdict } from '../domain/journal.ts'
import type { DeviceFilter } from '../domain/read-store.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import { csvHeader, deviceCsvLine } from '../report/devices-csv.ts'
import { devicesJson } from '../report/devices-json.ts'
import { devicesText } from '../report/devices-text.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, printJson } from './output.ts'
import type { Finish } from './program.ts'
import { openSession, type GlobalOptions, type Session } from './session.ts'

type Options = GlobalOptions & {
  readonly output: 'text' | 'json' | 'csv'
  readonly verdict?: Verdict
  readonly finding?: FindingCode
  readonly configuration?: string
  readonly group?: string
  readonly retirement?: string
  readonly platform?: string
  readonly drifted?: boolean
  readonly withoutEsim?: boolean
  readonly all?: boolean
}

/** Lines of a table that a person reads. */
const SHOWN = 50
const PAGE = 1_000

const HELP = `
Examples:
  simplane devices --verdict failed
  simplane devices --finding residual-esim -o csv > still-billed.csv
  simplane devices --configuration acme-laptops --group paris`

/** `simplane devices [filters]`: who, with where each stands. */
export function devicesCommand(io: Io, finish: Finish): Command {
  return new Command('devices')
    .description('the devices, and where each stands')
    .addOption(new Option('--verdict <verdict>', 'only these').choices(VERDICTS))
    .addOption(new Option('--finding <code>', 'only devices with this finding').choices(FINDING_CODES))
    .option('--configuration <name>', 'only devices that want it')
    .option('--group <name>', 'only its members')
    .option('--retirement <name>', 'only its targets')
    .option('--platform <platform>', 'windows, ios, ipados or other')
    .option('--drifted', 'only devices that contradict the revision in force')
    .option('--without-esim', 'only devices without an eSIM because of us')
    .option('--all', `more than ${SHOWN} lines of text`)
    .addOption(outputOption('json', 'csv'))
    .addHelpText('after', HELP)
    .action(async (_options: unknown, command: Command) =>
      finish(await devices(io, command.optsWithGlobals<Options>())),
    )
}

async function devices(io: Io, options: Options): Promise<ExitCode> {
  await using session = await openSession(io, options)
  const filter = filterOf(options)
  if (options.output === 'csv') {
    io.out(csvHeader())
    for await (const page of pages(session, filter)) io.out(page.map(deviceCsvLine).join(''))
    return EXIT.done
  }
  const found: StoredDevice[] = []
  for await (const page of pages(session, filter)) found.push(...page)
  if (options.output === 'json') printJson(io, devicesJson(found))
  else
    io.out(
      devicesText(
        options.all === true ? found : found.slice(0, SHOWN),
        io.clock.now(),
        found.length,
        io.paint,
      ),
    )
  return EXIT.done
}

function filterOf(options: Options): DeviceFilter {
  const { verdict, finding, configuration, group, retirement, platform, drifted, withoutEsim } = options
  return {
    ...(verdict === undefined ? {} : { verdict }),
    ...(finding === undefined ? {} : { finding }),
    ...(configuration === undefined ? {} : { configuration }),
    ...(group === undefined ? {} : { group }),
    ...(retirement === undefined ? {} : { retirement }),
    ...(platform === undefined ? {} : { platform }),
    ...(drifted === undefined ? {} : { drift: drifted }),
    ...(withoutEsim === undefined ? {} : { withoutEsim }),
  }
}

async function* pages({ store }: Session, filter: DeviceFilter): AsyncGenerator<readonly StoredDevice[]> {
  for (let after: StoredDevice['record']['key'] | undefined; ;) {
    const page = await store.devices(filter, PAGE, after)
    if (page.length > 0) yield page
    after = page.at(-1)?.record.key
    if (page.length < PAGE) return
  }
}
