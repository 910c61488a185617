import type { Page } from './page.ts'

/** Rules that keep a tool safe, S22 to S36. */
export const SAFETY_RULES = {
  S22: {
    title: 'Uninstall before the eSIM reset',
    means: 'The uninstall is proven first, then the eSIMs are erased.',
    why: 'Afterwards the device may be offline and could not confirm, and a configuration still there could download again.',
    todo: 'Nothing: steps always run in this order.',
  },
  S23: {
    title: 'Never take away the only way online',
    means:
      'An eSIM reset before an install is held on a device that has no other network, or of which nobody knows.',
    why: 'It could not come back to download.',
    todo: 'Declare other connectivity in the Policy, or approve with somebody beside the device.',
  },
  S24: {
    title: 'A retirement takes effect at once',
    means: 'So it is released only after the eSIM reset was proven.',
    why: 'Seconds decide whether S17 is kept.',
    todo: 'A retirement that is only pending can be cancelled in the MDM.',
  },
  S25: {
    title: 'Automatic clean-up goes round S17',
    means: 'MDMs retire devices by themselves that were silent for long.',
    why: 'They leave with active lines and nobody asked.',
    todo: 'Set the clean-up limit of the MDM higher than you look at `simplane devices` for silent ones.',
  },
  S26: {
    title: 'Only records of gone devices may be deleted',
    means: 'Retired or erased ones, freshly looked at.',
    why: 'A live record that is deleted is a device lost.',
    todo: 'Nothing: another state is never deleted.',
  },
  S27: {
    title: 'A device is its serial number and EID',
    means: 'Never its name or user; blank, masked or shared values are no identity.',
    why: 'Privacy settings mask them all to one text, and every device would be the twin of every other.',
    todo: 'Let the API account read identities.',
  },
  S28: {
    title: 'An MDM does not try again by itself',
    means: 'A failed configuration stays failed.',
    why: 'So simplane retries, a few times, with growing pauses, then asks a person.',
    todo: 'See `retries` in the Policy and `simplane retry`.',
  },
  S29: {
    title: 'On iOS the console never says installed',
    means: 'A command leaves no configuration to look at; the list of subscriptions is the evidence.',
    why: 'Waiting for "installed" would wait, and send, for ever.',
    todo: 'Nothing.',
  },
  S30: {
    title: 'The lowest priority number wins',
    means: 'Of several configurations that select a device, one is wanted.',
    why: 'Two carriers would otherwise take turns.',
    todo: 'Give overlapping configurations different priorities.',
  },
  S31: {
    title: 'A device on its way out is left alone',
    means: 'Retirement or erasure pending or done, or registration unknown: no step.',
    why: 'Commands would meet a device that is leaving.',
    todo: 'Let it finish, or cancel it in the MDM.',
  },
  S32: {
    title: 'After enrolling again its eSIMs are unknown, not none',
    means: 'The eSIM chip keeps what it has when the rest of the device is erased.',
    why: 'So an install is tried once and judged by proof; an eSIM reset is held.',
    todo: 'Nothing, until it is held.',
  },
  S33: {
    title: 'iOS has no remote removal of an eSIM',
    means: 'Only erasing the whole device would do it, and even that keeps the eSIM by default.',
    why: 'simplane never erases a device.',
    todo: 'End the line at the carrier.',
  },
  S34: {
    title: 'An eSIM reset and erasing the device are different commands',
    means: 'simplane has no way at all to erase a device.',
    why: 'One word confused, and a fleet would be factory-new.',
    todo: 'Nothing.',
  },
  S35: {
    title: 'What is excluded in the MDM is skipped silently',
    means: 'A configuration excluded on a device there is not installed, whatever is pushed.',
    why: 'It shows as drift with the cause `excluded-in-mdm`.',
    todo: 'Take the exclusion away in the MDM.',
  },
  S36: {
    title: 'Proof or no progress',
    means:
      'The answer "accepted" of an MDM is no proof; a step counts when a later observation shows its effect.',
    why: 'A plan built on hope erases what it cannot download again.',
    todo: 'What counts where the MDM cannot show it is said by `proof` in the Policy.',
  },
} as const satisfies Readonly<Record<string, Page>>
