import type { Page } from './page.ts'

/** The pages of the fields of a Policy. */
export const POLICY_FIELD_PAGES: Readonly<Record<string, Page>> = {
  budgets: {
    title: 'Policy spec.budgets: for reset, uninstall, retire, delete-record',
    means:
      'How many of such steps may be issued in any 24 hours: the larger of `perDay` and `share` (of the active devices), or `unlimited`. Default: uninstall 20 or 5%, the others 5 or 1%.',
    why: 'A mistake should reach a handful of devices, not a fleet.',
    todo: 'What is over a budget is held and goes on the next day, or is approved by a person.',
  },
  connectivity: {
    title: 'Policy spec.connectivity: entries with groups and other: yes or no',
    means: 'Declares whether the devices of these groups have another way online than their eSIM.',
    why: 'It decides whether an eSIM reset before an install would strand the device.',
    todo: 'Declare office laptops with Wi-Fi as `yes`.',
    rule: 'S23',
  },
  stranding: {
    title: 'Policy spec.stranding.unknown: hold (default) or allow',
    means: 'What becomes of an eSIM reset before an install where nobody knows of another way online.',
    why: 'A stranded device needs a person beside it.',
    todo: 'Prefer `connectivity` for the groups you know.',
    rule: 'S23',
  },
  unknownEsims: {
    title: 'Policy spec.unknownEsims: redownload, erase, retirement: hold (default) or allow',
    means: 'What becomes of an eSIM reset on a device whose list of eSIMs is unknown or incomplete.',
    why: 'It could erase an eSIM that nobody knew of.',
    todo: 'Allow it only where no private eSIM can be.',
    rule: 'S32',
  },
  freshness: {
    title: 'Policy spec.freshness.destructive: a duration, default 24h',
    means: 'How old the observation may be that an eSIM reset, release, retirement or deletion rests on.',
    why: 'Devices change while nobody looks.',
    todo: 'Older ones wait for the next check-in.',
    rule: 'S36',
  },
  proof: {
    title: 'Policy spec.proof: per kind of step, observed (default), attested or accepted',
    means: 'What counts as done: seen on the device, said by a person, or accepted by the MDM.',
    why: 'Some MDMs cannot show what is on the eSIM chip.',
    todo: 'Lower it only for what your MDM cannot show; the grade stays visible.',
    rule: 'S36',
  },
  retries: {
    title: 'Policy spec.retries: attempts (default 5) within a duration (default 24h)',
    means: 'How often a step that failed is tried again before a person is asked.',
    why: 'An MDM does not try again by itself.',
    todo: '`simplane retry` starts afresh.',
    rule: 'S28',
  },
}
