import { Command } from 'commander'
import { codeQuality } from '../report/code-quality.ts'
import { findingsJson } from '../report/findings-json.ts'
import { findingsMarkdown } from '../report/findings-markdown.ts'
import { findingsText, validText } from '../report/findings-text.ts'
import { githubAnnotations } from '../report/github-annotations.ts'
import { sarif } from '../report/sarif.ts'
import { readFolder } from './folder.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, printJson } from './output.ts'
import type { Finish } from './program.ts'
import { whereDesired, type GlobalOptions } from './session.ts'

type Options = GlobalOptions & { readonly output: string }

const HELP = `
Examples:
  simplane validate
  simplane validate desired-state -o json
  simplane validate -o markdown            for a pull request
  simplane validate -o sarif               for code scanning, and for editors
  simplane validate -o code-quality        for a merge request of GitLab

Touches no database, network or git. Of simplane.yaml, where there is one, only source.path and source.ignore count.
Exit code 1 when there is an error. In GitHub Actions the findings are annotations by themselves.`

/** `simplane validate [DIR]`: desired state only; touches no database, network or git. */
export function validateCommand(io: Io, finish: Finish): Command {
  return new Command('validate')
    .description('check the desired state, offline')
    .argument('[DIR]', 'the folder of the desired state (default: source.path, else desired-state)')
    .addOption(outputOption('json', 'markdown', 'github', 'sarif', 'code-quality'))
    .addHelpText('after', HELP)
    .action(async (folder: string | undefined, _options: unknown, command: Command) =>
      finish(await validate(io, folder, command.optsWithGlobals<Options>())),
    )
}

async function validate(io: Io, named: string | undefined, options: Options): Promise<ExitCode> {
  const { folder, ignore } = whereDesired(io, options)
  const { findings, files, documents, context } = await readFolder(io, named ?? folder, ignore)
  const { prefix = '' } = context
  const failed = findings.some((finding) => finding.severity === 'error')
  const inActions = options.output === 'text' && io.env['GITHUB_ACTIONS'] === 'true'
  if (options.output === 'json') printJson(io, findingsJson(findings))
  else if (options.output === 'markdown') io.out(findingsMarkdown(findings))
  else if (options.output === 'sarif') {
    printJson(io, sarif(findings, { version: io.version, prefix }))
  } else if (options.output === 'code-quality') printJson(io, codeQuality(findings, prefix))
  else if (options.output === 'github' || inActions) io.out(githubAnnotations(findings, prefix))
  else if (findings.length === 0) io.out(validText(files, documents))
  else io.out(findingsText(findings, { ...context, files }))
  return failed ? EXIT.error : EXIT.done
}
