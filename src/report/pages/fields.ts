import { POLICY_FIELD_PAGES } from './fields-policy.ts'
import type { Page } from './page.ts'

const CONFIGURATION_FIELDS: Readonly<Record<string, Page>> = {
  enabled: {
    title: 'EsimConfiguration spec.enabled: true or false, default true',
    means:
      'false is the same as `distribution.to: none`: nobody gets it, and where it is installed it is uninstalled.',
    why: 'It takes a configuration away without deleting its document.',
    todo: 'To leave devices as they are, suspend instead.',
    rule: 'S7',
  },
  platform: {
    title: 'EsimConfiguration spec.platform: windows or ios (iPadOS included)',
    means: 'May be left out: the block `windows` or `ios` decides. One configuration is for one of them.',
    why: 'Each has its own address and options.',
    todo: 'Write two documents for a contract on both.',
    rule: 'S3',
  },
  'windows.serverName': {
    title: 'EsimConfiguration spec.windows.serverName: a bare host name',
    means:
      'The server of the carrier, `smdp.acme.example`. It is the identity of the configuration on a device: a new one means eSIM reset and a new download.',
    why: 'Windows contacts nobody when it is a URL, and the console stays green.',
    todo: 'Expect an eSIM reset on every device that has the eSIM of the former server.',
    rule: 'S4',
  },
  'windows.isDiscoveryServer': {
    title: 'EsimConfiguration spec.windows.isDiscoveryServer: true or false, default false',
    means:
      'Whether the server tells devices where their eSIM is, instead of having it. Needs Windows build 22621.',
    why: 'With the wrong value no eSIM is found, without an error.',
    todo: 'Ask the carrier. Changing it updates devices in place and downloads nothing.',
    rule: 'S5',
  },
  'windows.autoEnable': {
    title: 'EsimConfiguration spec.windows.autoEnable: true or false, default true',
    means: 'Whether the eSIM is switched on after its download.',
    why: 'A downloaded eSIM that is off may still be billed.',
    todo: 'Changing it updates devices in place and downloads nothing.',
    rule: 'S6',
  },
  'ios.carrierUrl': {
    title: 'EsimConfiguration spec.ios.carrierUrl: an http or https URL',
    means: 'The server of the carrier; absolute, with a host, without credentials or fragment.',
    why: 'Without it devices wait for ever.',
    todo: 'A new URL asks for a new eSIM; the former one may stay on the device.',
    rule: 'S1',
  },
  'distribution.to': {
    title: 'EsimConfiguration spec.distribution.to: all, none or custom, default none',
    means:
      'all: every eligible device of the platform. none: nobody. custom: the union of groups, devices and devicesFrom. `except` always wins.',
    why: 'What is written nowhere selects nobody, so that an omission never becomes a rollout.',
    todo: 'Who leaves the selection has it uninstalled; `onRemove` says what becomes of the eSIM.',
    rule: 'S8',
  },
  'distribution.except': {
    title: 'EsimConfiguration spec.distribution.except: groups, devices, devicesFrom',
    means:
      'These are not wanted here, whatever selects them: what is installed is uninstalled. They fall to the next configuration by priority.',
    why: 'In some consoles "excluded" means "leave alone". Here it does not.',
    todo: 'To leave a device alone, suspend it.',
  },
  devicesFrom: {
    title: 'devicesFrom: paths of lists, relative to the document',
    means:
      'A CSV file with a column of serial numbers, EIDs or ids, or a text file with one a line, in the same commit and below the source path.',
    why: 'A list that is missing or empty is an error, never "nobody".',
    todo: 'Export columns of long numbers as text: spreadsheets round an EID.',
  },
  priority: {
    title: 'EsimConfiguration spec.priority: a number, default 100; the LOWEST wins',
    means: 'Of several configurations that select a device, the one with the lowest number is wanted.',
    why: 'A device follows one configuration at a time.',
    todo: 'Give overlapping configurations different numbers; equal ones hold the device.',
    rule: 'S30',
  },
  onRemove: {
    title: 'EsimConfiguration spec.onRemove: keep-esims (default) or erase-all-esims',
    means:
      'What becomes of its eSIM when the configuration leaves a device: it stays and stays active, or an eSIM reset erases every eSIM on the device, foreign ones too.',
    why: 'Uninstalling never removes what was downloaded. The newest value that was applied counts, even after the file is gone.',
    todo: 'Changing it plans nothing by itself.',
    rule: 'S18',
  },
  redownload: {
    title: 'EsimConfiguration spec.redownload: entries with on, to, groups, devices',
    means:
      'Every selected device whose eSIM was installed before `on` downloads it again, once: eSIM reset, then install.',
    why: 'Taking the entry away or setting the date back asks for nothing, so a revert never erases a second time.',
    todo: 'Add an entry with today as `on`, for as few devices as needed.',
    rule: 'S16',
  },
  mode: {
    title: 'mode: observe, propose or enforce; default from the Policy, there enforce',
    means: 'observe records and reports. propose plans and waits for an approval. enforce acts.',
    why: 'The most cautious mode among the configurations that a device touches governs all of its steps.',
    todo: 'Adopt a fleet with observe, then propose, then enforce.',
  },
  selector: {
    title: 'DeviceGroup spec.selector: mdmGroups, matchLabels, matchExpressions',
    means:
      'Every line must hold. mdmGroups: member of at least one group of the MDM. Operators: In, NotIn, Exists, DoesNotExist.',
    why: 'A selector without a line matches nobody, unlike in Kubernetes. What could not be read never matches NotIn or DoesNotExist.',
    todo: 'Device attributes are labels too: simplane/platform, simplane/model, simplane/ownership, simplane/driver, simplane/os-version.',
    rule: 'S9',
  },
  finish: {
    title: 'Retirement spec.finish: by-hand (default) or in-mdm',
    means:
      'by-hand: the device is proven empty and released, a person retires it. in-mdm: simplane retires it in the MDM.',
    why: 'Retiring cannot be taken back, and nothing reaches the eSIM afterwards.',
    todo: 'Ask `simplane retirement check` before retiring by hand.',
    rule: 'S17',
  },
  enrolledBefore: {
    title: 'Retirement spec.enrolledBefore: a date or time',
    means: 'Only enrolments before it are retired. Default: the moment this document was first applied.',
    why: 'A laptop that comes back to a new user must not be emptied by an old list.',
    todo: 'Set it later to retire a device that has enrolled again.',
  },
}

/** The pages of the main fields of the desired state, by their path below `spec`. */
export const FIELD_PAGES: Readonly<Record<string, Page>> = { ...CONFIGURATION_FIELDS, ...POLICY_FIELD_PAGES }
