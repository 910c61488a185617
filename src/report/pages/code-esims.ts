import type { FindingCode } from '../../domain/finding.ts'
import type { Page } from './page.ts'

/** Codes about the eSIMs on a device, about steps, and about what is known. */
export const ESIM_PAGES = {
  'esim-adopted': {
    title: 'The wanted eSIM is there already',
    means:
      'An eSIM of the wanted server is on the device although its configuration is not installed. It is taken as it is; nothing is planned.',
    why: 'The eSIM is the goal and the configuration its means. A working eSIM is never erased to tidy up a console.',
    todo: 'Nothing.',
    rule: 'S15',
  },
  'esim-disabled': {
    title: 'The wanted eSIM is there but switched off',
    means: 'autoEnable asks for an enabled eSIM, and the device reports it as disabled.',
    why: 'Its user may have switched it off. That is never answered with an eSIM reset.',
    todo: 'Ask the user to switch it on in the mobile network settings.',
    rule: 'S6',
  },
  'residual-esim': {
    title: 'An eSIM outlived its configuration',
    means:
      'The configuration was taken off with `onRemove: keep-esims`; its eSIM stays on the device and stays active.',
    why: 'Taking off a configuration never takes off what was downloaded. The line goes on costing money.',
    todo: 'End the line at the carrier; `simplane devices --finding residual-esim -o csv` lists them.',
    rule: 'S18',
  },
  'foreign-esim': {
    title: 'An eSIM on the device is not ours',
    means: 'No configuration of simplane brought it. An eSIM reset that would erase it is held.',
    why: 'An eSIM reset has no selection: it erases every eSIM. It may be the private line of its user.',
    todo: 'Ask the user, then `simplane approve` the hold; or let the user remove the eSIM.',
    rule: 'S11',
  },
  'collateral-esim': {
    title: 'An eSIM that is to be kept would be erased too',
    means:
      'An eSIM reset is due for one configuration, while an eSIM of another one with `onRemove: keep-esims` is on the device. The step is held.',
    why: 'An eSIM reset cannot spare it.',
    todo: 'Approve the hold if that line is no longer needed; otherwise leave the device as it is.',
    rule: 'S11',
  },
  'esim-may-remain': {
    title: 'An eSIM may stay on an iPhone or iPad',
    means:
      'The configuration is no longer wanted or its URL changed; no MDM command removes an installed eSIM from iOS or iPadOS.',
    why: 'Only erasing the whole device would, and simplane never does that.',
    todo: 'End the line at the carrier, or ask the user to delete the eSIM in Settings.',
    rule: 'S33',
  },
  'esim-state-unknown': {
    title: 'Nobody knows which eSIMs are on the device',
    means: 'The list of eSIMs is unknown or incomplete, and what is due could erase one. The step is held.',
    why: 'Unknown is never a licence to destroy.',
    todo: 'Let the device check in and be read. Or approve the hold; or allow such cases with `unknownEsims` in the Policy.',
    rule: 'S32',
  },
  'would-strand': {
    title: 'The device could not come online again',
    means:
      'An eSIM reset followed by an install is due, and the eSIM is (or may be) the only way online of the device. The step is held.',
    why: 'After the eSIM reset it could not reach the server to download again. Somebody would have to stand beside it.',
    todo: 'Let it check in over another network, declare one in the Policy (`connectivity`), or approve the hold when somebody is there.',
    rule: 'S23',
  },
  unproven: {
    title: 'A step was sent but nothing shows its effect',
    means:
      'The MDM accepted it, the time is over, and no observation shows that it happened. An eSIM reset or a retirement in this state is never sent again by itself.',
    why: 'Accepted is not done. Sending it twice could erase an eSIM that was downloaded in between.',
    todo: 'Look at the device. `simplane retry` plans it anew from what is then observed.',
    rule: 'S36',
  },
  'budget-exceeded': {
    title: 'The budget of 24 hours is used up',
    means:
      'More steps of this kind are due than the Policy allows in any 24 hours. Those beyond it are held, in a fixed order.',
    why: 'A mistake in a group should reach five devices, not five thousand.',
    todo: 'Wait: each day lets the next ones through. Or approve the hold, or raise `budgets` in the Policy.',
  },
  'awaiting-approval': {
    title: 'Proposed, not yet approved',
    means: 'The configuration or the Policy says `mode: propose`: steps are planned and wait for a person.',
    why: 'That is what the mode is for.',
    todo: '`simplane approve` the hold, or set `mode: enforce`.',
  },
  'inventory-incomplete': {
    title: 'The inventory of the MDM was not read completely',
    means:
      'A page is missing or the MDM counts other devices than it listed. No uninstall, eSIM reset, release, retirement or deletion is planned from it.',
    why: 'A device that is missing from half a list is not gone.',
    todo: 'Wait for the next inventory; `simplane status` shows when each driver was last read completely.',
  },
  'stale-observation': {
    title: 'The device was not observed recently enough',
    means:
      'What a destructive step rests on is older than `freshness.destructive` (24 hours by default). The step is held.',
    why: 'The device may have changed since; what was true last month is no reason to erase today.',
    todo: 'Bring the device online. It goes on by itself after the next check-in.',
    rule: 'S36',
  },
  suspended: {
    title: 'Somebody has suspended this',
    means: 'No step is issued while the suspension stands. Observing, planning and drift go on.',
    why: 'Suspending is how something is left alone; excluding it would uninstall.',
    todo: '`simplane resume` ends it.',
  },
  'retry-exhausted': {
    title: 'A step failed and is not tried again',
    means:
      'It failed for good, or as often as `retries` allows. The finding carries the error of the MDM itself.',
    why: 'Trying for ever would cost a download each time and hide the cause.',
    todo: 'Remove the cause, then `simplane retry` the device or the configuration. A new revision or a change of the device starts afresh too.',
    rule: 'S28',
  },
} as const satisfies Partial<Record<FindingCode, Page>>
