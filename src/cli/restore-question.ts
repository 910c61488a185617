import { EXIT, type ExitCode, type Io } from './io.ts'

/** Asks for a number of devices; gives how the command ends when it is not said. */
export async function askFor(io: Io, devices: number, question: string): Promise<ExitCode | undefined> {
  const answer = await io.ask(question)
  if (answer === undefined) {
    io.err('Nobody is there to answer; nothing was changed. In a script, write --yes.\n')
    return EXIT.usage
  }
  if (answer.trim() === String(devices)) return undefined
  io.err('Not restored; nothing was changed.\n')
  return EXIT.held
}
