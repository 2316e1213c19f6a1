/** Numbers as people read them: thin spaces between thousands, binary sizes, cycles, short forms. */

/** Thin space: what stands between thousands, and between a number and its short unit. */
export const thin = '\u2009'

/** A whole number with thin spaces between thousands; a dash when it is not known. */
export function grouped(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const whole = Math.round(value)
  const digits = String(Math.abs(whole))
  let text = ''
  for (let i = 0; i < digits.length; i++) {
    if (i > 0 && (digits.length - i) % 3 === 0) text += thin
    text += digits[i]
  }
  return whole < 0 ? `−${text}` : text
}

/** At most four characters and a unit: `843`, `11.4 k`, `1.9 M`. */
export function compact(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  const sign = value < 0 ? '−' : ''
  const scaled = (divisor: number, unit: string) => {
    const share = size / divisor
    return `${sign}${share < 100 ? trim(share.toFixed(1)) : Math.round(share)}${thin}${unit}`
  }
  if (size >= 999_500_000) return scaled(1e9, 'G')
  if (size >= 999_500) return scaled(1e6, 'M')
  if (size >= 10_000) return scaled(1e3, 'k')
  return grouped(value)
}

function trim(text: string): string {
  return text.endsWith('.0') ? text.slice(0, -2) : text
}

/** Bytes in binary units: `48 B`, `17 KiB`, `1.5 MiB`. */
/** How much of a tile's memory buffers take; only its size where nobody declares them. */
export function usedOfMemory(used: number, size: number): string {
  return used < 0 ? bytes(size) : `${bytes(used)} of ${bytes(size)}`
}

export function bytes(value: number): string {
  if (!Number.isFinite(value) || value < 0) return '–'
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let unit = 0
  let scaled = value
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024
    unit++
  }
  const text = unit === 0 || scaled >= 100 ? String(Math.round(scaled)) : trim(scaled.toFixed(1))
  return `${text}${' '}${units[unit]}`
}

/** A duration on the canvas: `63 cy`. */
export function cycles(value: number): string {
  return `${value >= 10_000 ? compact(value) : grouped(value)} cy`
}

/** A share from 0 to 1 as whole percent. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${Math.round(share * 100)}${' '}%` : '–'
}

/** An address as the driver prints it, four digits a group: `0x7F1C_4000_0000`. */
export function hex(value: number, digits = 8): string {
  if (!Number.isFinite(value) || value < 0) return '–'
  const text = value.toString(16).toUpperCase().padStart(digits, '0')
  let out = ''
  for (let i = 0; i < text.length; i++) {
    if (i > 0 && (text.length - i) % 4 === 0) out += '_'
    out += text[i]
  }
  return `0x${out}`
}

/** `one thing`, `3 things`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? `1 ${one}` : `${grouped(count)} ${many}`
}
