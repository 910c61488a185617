import type { Page } from './page.ts'

/** Rules of eSIM configuration in an MDM, S1 to S21: what devices and consoles do. */
export const DEVICE_RULES = {
  S1: {
    title: 'The address of the carrier comes first',
    means:
      'A configuration is worth nothing without the server name or URL from which the eSIM is downloaded.',
    why: 'Installed without it, devices wait for ever and nobody sees why.',
    todo: 'Ask the carrier for it before writing the document; an empty one is refused.',
  },
  S2: {
    title: 'Only iOS, iPadOS and Windows 11 take part',
    means: 'Windows 10, Android and macOS are no targets, whatever the group says.',
    why: 'A command to them can never work and only fills the console with failures.',
    todo: 'Nothing: such devices are listed as not eligible.',
  },
  S3: {
    title: 'One configuration is for one operating system',
    means:
      'Windows needs serverName and two flags, iOS a carrierUrl. A document holds exactly one of the two blocks.',
    why: 'MDMs silently ignore the options of the other system.',
    todo: 'For a contract on both, write two documents, side by side in one file if you like.',
  },
  S4: {
    title: 'The Windows server name is a bare host name',
    means: 'Two labels or more, no scheme, path, port, space or IP address; compared in lower case.',
    why: 'Given a URL, Windows contacts nobody and the console stays green.',
    todo: 'Write `smdp.example.com`.',
  },
  S5: {
    title: 'The discovery flag says what kind of server it is',
    means: 'isDiscoveryServer: true makes the device ask that server where its eSIM is.',
    why: 'With the wrong flag no eSIM is found and no error shown.',
    todo: 'Leave it false unless the carrier says otherwise.',
  },
  S6: {
    title: 'Downloaded is not yet switched on',
    means:
      'autoEnable: true switches the eSIM on after its download; with false it stays off, which is no failure.',
    why: 'Otherwise one either raises false alarms or pays for a line that nobody uses.',
    todo: 'Leave it true unless users are to switch the eSIM on themselves.',
  },
  S7: {
    title: 'A disabled configuration is wanted by nobody',
    means: '`enabled: false` has the same effect as `distribution.to: none`.',
    why: 'Nothing new is installed and what is installed is uninstalled.',
    todo: 'To stop for a while without uninstalling, suspend.',
  },
  S8: {
    title: 'A distribution is all, none or custom',
    means: 'Custom names groups and devices; every other word is an error.',
    why: 'A misread word must not become "all".',
    todo: 'Write one of the three.',
  },
  S9: {
    title: 'Nothing written means nobody',
    means: 'A missing distribution is none; an empty group, list or selector selects no device.',
    why: 'An omission must not roll out to a whole fleet.',
    todo: 'Write `to: all` when all are meant.',
  },
  S10: {
    title: 'On iOS an eSIM is asked for by one command',
    means:
      'The MDM sends the URL once; the device needs eSIM hardware, iOS 13 and a company enrolment. Success shows in its list of subscriptions minutes later.',
    why: 'Repeating the command in a loop brings errors, not eSIMs.',
    todo: 'Nothing: simplane sends it once and looks.',
  },
  S11: {
    title: 'An eSIM reset erases every eSIM',
    means:
      'There is no selection: ours, foreign and private ones go together. The laptop itself is not touched.',
    why: 'The chip is emptied as a whole.',
    todo: 'What would erase an eSIM that is not ours, or that is to be kept, is held for a person.',
  },
  S12: {
    title: 'Only Windows 11 has an eSIM reset',
    means: 'Consoles offer it on every device page, but only an active Windows 11 device obeys.',
    why: 'On an iPhone it does nothing, and one feels safe.',
    todo: 'Nothing: simplane plans it nowhere else.',
  },
  S13: {
    title: 'S14 to S21 hold for Windows only',
    means: 'Stale records, eSIM resets and fresh downloads in this form do not exist on iOS.',
    why: 'iOS keeps its eSIMs by its own rules (S33).',
    todo: 'Nothing.',
  },
  S14: {
    title: 'The stale record goes first',
    means:
      'A device that was erased and enrolled again has its old record beside the new one; the old one is deleted before anything is installed.',
    why: 'With both there, provisioning fails or acts on the dead record.',
    todo: 'Nothing when the match is certain; otherwise a finding asks you.',
  },
  S15: {
    title: 'The same configuration again downloads nothing',
    means: 'Where its eSIM is already there, pushing a configuration once more has no effect or fails.',
    why: 'So simplane never pushes it again.',
    todo: 'For a fresh download write `redownload`.',
  },
  S16: {
    title: 'A fresh download needs an eSIM reset first',
    means:
      'The old eSIM blocks the new one: eSIM reset, proof that it is gone, install, proof that the new one is there.',
    why: 'Without the first nothing is downloaded; without the proof both run into each other.',
    todo: 'Expect every eSIM on the device to go for it.',
  },
  S17: {
    title: 'Empty the device before it is retired',
    means: 'Once retired, no eSIM reset can reach it any more.',
    why: 'The line would leave with the device: active, billed, and open to whoever has it.',
    todo: 'Name it in a Retirement and retire it only when `simplane retirement check` says yes.',
  },
  S18: {
    title: 'Taking off a configuration leaves its eSIM',
    means: 'The eSIM stays on the device and stays active.',
    why: 'A configuration is only the order to download.',
    todo: 'Write `onRemove: erase-all-esims` where it must go, or end the line at the carrier.',
  },
  S19: {
    title: 'An eSIM reset leaves the configuration',
    means: 'After it the console still shows the configuration as installed, with no eSIM behind it.',
    why: 'What is installed and which eSIMs are there are two things and are recorded apart.',
    todo: 'Nothing: simplane looks at both.',
  },
  S20: {
    title: 'A configuration leaves only when it is no longer distributed',
    means: 'It is taken off by taking the device out of the targets, not by an eSIM reset.',
    why: 'Otherwise it comes back at the next check-in.',
    todo: 'Change the distribution.',
  },
  S21: {
    title: 'Complete removal takes two steps',
    means: 'Uninstall and eSIM reset, each with its own proof (`onRemove: erase-all-esims`).',
    why: 'One of them alone leaves half behind (S18, S19).',
    todo: 'Remember that foreign eSIMs on the device go too.',
  },
} as const satisfies Readonly<Record<string, Page>>
