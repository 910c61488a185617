/** The check digit of ISO/IEC 7812 (Luhn) for a run of decimal digits. */
export function luhnDigit(digits: string): string {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index])
    const doubled = index % 2 === 0 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return String((10 - (sum % 10)) % 10)
}

/** The ICCID of the n-th eSIM that a device ever downloaded: 19 digits, check digit included, unique in the fleet. */
export function iccidOf(device: number, download: number): string {
  const digits = `893315${pad(download, 5)}${pad(device, 7)}`
  return digits + luhnDigit(digits)
}

/** The ICCID of an eSIM that another operator put on the device. */
export function foreignIccidOf(device: number): string {
  const digits = `894902${pad(device, 12)}`
  return digits + luhnDigit(digits)
}

/** 32 digits, the last two being the check digits of SGP.29 (ISO 7064 mod 97-10). */
export function eidOf(hardware: number): string {
  const digits = `89049032${pad(hardware, 22)}`
  return digits + pad(Number(98n - ((BigInt(digits) * 100n) % 97n)), 2)
}

/** 15 digits with their check digit. */
export function imeiOf(hardware: number): string {
  const digits = `35${pad(hardware, 12)}`
  return digits + luhnDigit(digits)
}

function pad(value: number, length: number): string {
  return String(value).padStart(length, '0')
}
