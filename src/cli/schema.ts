import { readFile } from 'node:fs/promises'
import { Argument, Command } from 'commander'
import { EXIT, type Io } from './io.ts'
import type { Finish } from './program.ts'

const SCHEMAS = [
  'simplane',
  'esim-configuration',
  'device-group',
  'retirement',
  'policy',
  'settings',
  'fleet-snapshot',
  'plan',
  'findings',
]

/** `simplane schema [NAME]`: the JSON Schemas, for editors and other tools. */
export function schemaCommand(io: Io, finish: Finish): Command {
  return new Command('schema')
    .description('print a JSON Schema (2020-12), for editors and other tools')
    .addArgument(new Argument('[NAME]', 'which one').choices(SCHEMAS).default('simplane'))
    .addHelpText(
      'after',
      '\nExamples:\n  simplane schema > simplane.schema.json\n  simplane schema plan\n\nIn an editor with yaml-language-server, the first line of a document:\n  # yaml-language-server: $schema=./simplane.schema.json',
    )
    .action(async (name: string) => {
      io.out(await readFile(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8'))
      finish(EXIT.done)
    })
}
