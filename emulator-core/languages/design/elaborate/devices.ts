/** Which profile a device word of the source means. */
import type { ProfileId } from '../../../device/tiles.ts'
import { describe, profileNamed } from '../../../device/profiles.ts'

export type DeviceChoice =
  | { readonly kind: 'profile'; readonly profile: ProfileId; readonly columns: number }
  /** A word that test drivers replace. */
  | { readonly kind: 'open' }
  | { readonly kind: 'aie1' }
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'unknown' }

/** Names that mean a whole first-generation NPU. */
const olderNames: Readonly<Record<string, string>> = {
  npu: 'npu1',
  npu1_4col: 'npu1',
  ipu: 'npu1',
  npu2_8col: 'npu2',
}
const versal = new Set(['xcve2302', 'xcve2802'])

export function deviceNamed(word: string): DeviceChoice {
  const name = olderNames[word] ?? word
  if (name === 'xcvc1902') return { kind: 'aie1' }
  if (versal.has(name)) return { kind: 'unsupported' }
  const profile = profileNamed(name)
  if (profile) {
    const part = /_(\d)col$/.exec(name)
    const whole = describe(profile).columns
    return { kind: 'profile', profile, columns: part ? Math.min(Number(part[1]), whole) : whole }
  }
  return /^[A-Z][A-Z0-9_]*$/.test(word) ? { kind: 'open' } : { kind: 'unknown' }
}
