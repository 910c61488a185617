import type { FindingCode } from '../../domain/finding.ts'
import type { Page } from './page.ts'

/** Codes about what a device is. */
export const DEVICE_PAGES = {
  'ineligible-platform': {
    title: 'A named device has another platform',
    means: 'The configuration names this device one by one, but it is made for the other platform.',
    why: 'A Windows configuration cannot be installed on an iPhone, nor the other way round. It is told only for devices named one by one.',
    todo: 'Name the device in a configuration of its platform, or take it out of the list.',
    rule: 'S3',
  },
  'ineligible-os': {
    title: 'The operating system is too old or not known',
    means:
      'Windows needs 11 (build 22000; 22621 for a discovery server), iOS and iPadOS need 13. Nothing is installed and nothing is taken off.',
    why: 'Older systems have no eSIM management, so each try would fail on the device.',
    todo: 'Update the device. It is picked up by itself at the next inventory.',
    rule: 'S2',
  },
  'ineligible-edition': {
    title: 'Windows Home cannot be managed',
    means: 'The device runs a Windows edition without eSIM management.',
    why: 'The MDM would accept the command and the device would never act on it.',
    todo: 'Upgrade the edition to Pro or Enterprise.',
    rule: 'S2',
  },
  'no-euicc': {
    title: 'The device has no eSIM chip',
    means: 'It is known to have no eUICC, so there is nothing to install on.',
    why: 'The same model is sold with and without the chip.',
    todo: 'Take the device out of the group, or correct the inventory if it does have one.',
    rule: 'S10',
  },
  'user-enrolled': {
    title: 'User Enrollment does not allow eSIMs',
    means:
      'The device is enrolled by its user, with a separate work part; Apple gives the MDM no eSIM there.',
    why: 'The command is refused by the device itself.',
    todo: 'Enrol it as a company device, or leave the user to add the eSIM.',
    rule: 'S10',
  },
  'registration-frozen': {
    title: 'The device is on its way out of the MDM',
    means:
      'A retirement or device erasure is pending or done, or the registration is unknown. No step is planned, or a step waits for it.',
    why: 'Commands to a leaving device land nowhere, or on the wrong enrolment.',
    todo: 'Let the MDM finish, or cancel it there if it was a mistake.',
    rule: 'S31',
  },
  'duplicate-active': {
    title: 'One device has two active records',
    means:
      'Two enrolments share the hardware identity and both are active. The one enrolled last steers; the other gets no step.',
    why: 'Steering both would install and erase against each other.',
    todo: 'Retire or delete the record that is no longer used, in the MDM.',
    rule: 'S27',
  },
  'stale-record-ambiguous': {
    title: 'It cannot be told which record is the old one',
    means:
      'Two records look like one device, but their identities disagree or an enrolment time is unknown. Nothing is planned for either.',
    why: 'Deleting the live record instead of the stale one would lose the device.',
    todo: 'Compare both in the MDM and delete the old one there.',
    rule: 'S26',
  },
  'identity-masked': {
    title: 'The hardware identity is blank, masked or shared',
    means: 'Serial number or EID read like `****`, zeros or nothing, or many devices report the same one.',
    why: 'Such a value identifies nobody; used as an identity it would make live devices look like twins.',
    todo: 'Give the API account the right to read identities, or correct the device.',
    rule: 'S27',
  },
  'unmanaged-configuration': {
    title: 'A configuration is there that simplane did not install',
    means:
      'The device has an eSIM configuration that was neither installed nor adopted by simplane. It is never uninstalled.',
    why: 'Somebody else may still steer it.',
    todo: 'Add a document with the same server to adopt it, or remove it where it came from.',
  },
  'personal-device': {
    title: 'An eSIM reset is due on a personal device',
    means: 'The MDM reports the device as owned by its user. The step is held.',
    why: 'An eSIM reset erases every eSIM, the private ones of its owner too.',
    todo: 'Ask the owner, then `simplane approve` the hold; or correct the ownership in the MDM.',
    rule: 'S11',
  },
  'retire-before-reset': {
    title: 'A device left before its eSIM was erased',
    means:
      'It is retired, erased, on its way there, or gone from the inventory, and an eSIM of ours is or may be on it. The finding lists the last known ICCIDs.',
    why: 'The line stays active and billed with whoever has the laptop now, and no MDM can reach it any more.',
    todo: 'Suspend these ICCIDs at the carrier. If the retirement is still pending, cancel it in the MDM; simplane then empties the device first.',
    rule: 'S17',
  },
  'retired-device-returned': {
    title: 'A retired device has enrolled again',
    means:
      'A Retirement names it, but it enrolled after that Retirement was first applied, so it is not emptied again.',
    why: 'A laptop that comes back is mostly given to somebody else. Only enrolments that existed then are targets.',
    todo: 'Take it out of the Retirement, or set `enrolledBefore` to a later moment to retire this enrolment too.',
  },
  'unsupported-by-driver': {
    title: 'The MDM cannot do this step',
    means: 'The driver of this device has no command for a step that is due.',
    why: 'It is said in the plan, before anything runs, so that half an action is never begun.',
    todo: 'Do it by hand, or steer the device through a driver that can.',
  },
} as const satisfies Partial<Record<FindingCode, Page>>
