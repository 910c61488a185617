import { visible } from './visible.ts'

/** An identity as it may leave the house: its last four characters, `…4XYZ`. Four or fewer show nothing: `…`. */
export function masked(identity: string): string {
  const characters = Array.from(identity)
  return characters.length <= 4 ? '…' : `…${visible(characters.slice(-4).join(''))}`
}

/** An ICCID as people compare it: `8933…0231`. Short ones are written whole. */
export function shortIccid(iccid: string): string {
  return iccid.length <= 9 ? visible(iccid) : visible(`${iccid.slice(0, 4)}…${iccid.slice(-4)}`)
}
