import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Command } from 'commander'
import { SimplaneError } from '../domain/error.ts'
import { STARTER } from './starter.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, printJson } from './output.ts'
import type { Finish } from './program.ts'

const HELP = `
Examples:
  simplane init esim
  cd esim && git init && simplane validate`

/** `simplane init DIR`: a starter repository. */
export function initCommand(io: Io, finish: Finish): Command {
  return new Command('init')
    .description('write a starter repository')
    .argument('<DIR>', 'a folder; files that are there are never overwritten')
    .addOption(outputOption('json'))
    .addHelpText('after', HELP)
    .action(async (folder: string, options: { output: string }) =>
      finish(await init(io, folder.replace(/(?<=.)\/+$/, ''), options.output)),
    )
}

async function init(io: Io, folder: string, output: string): Promise<ExitCode> {
  const root = resolve(io.cwd, folder)
  const schema = await readFile(new URL('../../schemas/simplane.schema.json', import.meta.url), 'utf8')
  const about = 'completion and explanations in an editor'
  const files = [...STARTER, { path: 'simplane.schema.json', text: schema, about }]
  for (const { path, text } of files) await write(join(root, path), text)
  if (output === 'json') {
    printJson(io, {
      apiVersion: 'simplane/v1',
      kind: 'Starter',
      folder: root,
      files: files.map(({ path }) => path),
    })
    return EXIT.done
  }
  const width = Math.max(...files.map(({ path }) => path.length)) + folder.length + 1
  for (const { path, about: what } of files) io.out(`${`${folder}/${path}`.padEnd(width)}  ${what}\n`)
  io.out(`\nNext: cd ${folder} && simplane validate\n`)
  io.out(`      simplane export --desired ${folder}/desired-state   brings in what the fleet has today\n`)
  return EXIT.done
}

/** Creates, never overwrites. */
async function write(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text, { flag: 'wx' })
  } catch (error) {
    const there = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    const why = there ? 'it is there already' : String(error instanceof Error ? error.message : error)
    throw new SimplaneError('usage', `${path} was not written: ${why}.`, {
      hint: 'Name a new folder.',
      cause: error,
    })
  }
}
