/** Where the device sits on PCIe, for those who name it by bus, device and function. */
import { guess, resolve } from '../fact.ts'

export const pciAddressFacts = {
  place: guess(
    { domain: 0, bus: 0xc5, device: 0, fn: 1 },
    'any place works; this one resembles laptops',
  ),
}

const { domain, bus, device, fn } = resolve(pciAddressFacts).place
const functionsPerDevice = 8

/** `domain:bus:device.function` of a device function of ours, counted from the first one. */
export function pciAddress(index: number): string {
  const at = device * functionsPerDevice + fn + index
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
  const place = `${hex(Math.floor(at / functionsPerDevice), 2)}.${at % functionsPerDevice}`
  return `${hex(domain, 4)}:${hex(bus, 2)}:${place}`
}
