/** Rounding and saturation: the names of the library and the codes of the two mode registers. */
import { fact, resolve } from '../../../device/fact.ts'

const tree = {
  rounding: fact(
    {
      floor: 0,
      ceil: 1,
      symmetric_floor: 2,
      symmetric_ceil: 3,
      negative_inf: 8,
      positive_inf: 9,
      symmetric_zero: 10,
      symmetric_inf: 11,
      conv_even: 12,
      conv_odd: 13,
    },
    'llvm-aie',
    'rounding codes of the mode register, in the definitions header',
  ),
  saturation: fact(
    { none: 0, saturate: 1, truncate: 1, symmetric: 3 },
    'aie-api',
    'saturation modes',
  ),
}

const plain = resolve(tree)

/** Codes by name. */
export const modes: Readonly<Record<'rounding' | 'saturation', Readonly<Record<string, number>>>> =
  plain

/** Names of the raw constants for the rounding register. */
export const rawRounding: Readonly<Record<string, number>> = {
  rnd_floor: plain.rounding.floor,
  rnd_ceil: plain.rounding.ceil,
  rnd_sym_floor: plain.rounding.symmetric_floor,
  rnd_sym_ceil: plain.rounding.symmetric_ceil,
  rnd_neg_inf: plain.rounding.negative_inf,
  rnd_pos_inf: plain.rounding.positive_inf,
  rnd_sym_zero: plain.rounding.symmetric_zero,
  rnd_sym_inf: plain.rounding.symmetric_inf,
  rnd_conv_even: plain.rounding.conv_even,
  rnd_conv_odd: plain.rounding.conv_odd,
}
