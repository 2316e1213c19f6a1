/** Colours as numbers: reading hex, mixing as the eye sees it (OKLab), adding transparency. */

interface Lab {
  readonly l: number
  readonly a: number
  readonly b: number
}

function channels(colour: string): readonly [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}

const toLinear = (byte: number) => {
  const part = byte / 255
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
}

const toByte = (part: number) => {
  const share = part <= 0.0031308 ? part * 12.92 : 1.055 * Math.max(0, part) ** (1 / 2.4) - 0.055
  return Math.max(0, Math.min(255, Math.round(share * 255)))
}

function toLab(colour: string): Lab {
  const [r8, g8, b8] = channels(colour)
  const [r, g, b] = [toLinear(r8), toLinear(g8), toLinear(b8)]
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return {
    l: 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    a: 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    b: 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  }
}

function fromLab({ l, a, b }: Lab): string {
  const cone = (x: number) => x * x * x
  const p = cone(l + 0.3963377774 * a + 0.2158037573 * b)
  const q = cone(l - 0.1055613458 * a - 0.0638541728 * b)
  const r = cone(l - 0.0894841775 * a - 1.291485548 * b)
  const red = toByte(4.0767416621 * p - 3.3077115913 * q + 0.2309699292 * r)
  const green = toByte(-1.2684380046 * p + 2.6097574011 * q - 0.3413193965 * r)
  const blue = toByte(-0.0041960863 * p - 0.7034186147 * q + 1.707614701 * r)
  return `#${((red << 16) | (green << 8) | blue).toString(16).padStart(6, '0')}`
}

/** `share` of one `#rrggbb` colour over the rest of another, mixed in OKLab. */
export function mix(colour: string, share: number, over: string): string {
  const top = toLab(colour)
  const under = toLab(over)
  const blend = (x: number, y: number) => x * share + y * (1 - share)
  return fromLab({
    l: blend(top.l, under.l),
    a: blend(top.a, under.a),
    b: blend(top.b, under.b),
  })
}

/** A `#rrggbb` colour with an opacity from 0 to 1. */
export function fade(colour: string, opacity: number): string {
  const [r, g, b] = channels(colour)
  return `rgba(${r}, ${g}, ${b}, ${opacity})`
}
