/** Library names that are known but not emulated yet, with the tier in which they are planned. */
import type { ApiRow } from './row.ts'

const aie: Readonly<Record<number, readonly string[]>> = {
  2: [
    'tanh',
    'exp2',
    'inv',
    'invsqrt',
    'sqrt',
    'interleave_zip',
    'interleave_unzip',
    'shuffle_up_fill',
    'shuffle_down_fill',
    'sliding_mul',
    'sliding_mac',
    'sliding_mul_sym',
    'to_float',
    'to_fixed',
    'max_cmp',
    'min_cmp',
    'load_floor_v',
    'begin_vector_circular',
    'begin_restrict_vector_circular',
    'begin_vector_random_circular',
    'sin',
    'cos',
    'sincos',
    'negmac',
    'mac_sym',
    'bit_and_not',
    'linear_approx',
    'reduce_add_v',
    'div',
  ],
  3: [
    'pack',
    'unpack',
    'begin_unaligned_vector',
    'compare',
    'log2',
    'nonlin',
    'abs_square',
    'conj',
    'mul_conj',
  ],
  4: [
    'begin_block_vector',
    'fft_dit',
    'tensor_descriptor',
    'make_tensor_descriptor',
    'begin_tensor',
  ],
}

const vectors: Readonly<Record<number, readonly string[]>> = {
  2: ['grow_replicate', 'grow_extract', 'split', 'to_native', 'load', 'store', 'cast'],
  3: [
    'pack_sign',
    'unpack_sign',
    'to_vector_sign',
    'from_uint32',
    'to_uint32',
    'from_uint64',
    'to_uint64',
    'shift',
    'clear',
    'flip',
    'set',
  ],
}

const raw: Readonly<Record<number, readonly string[]>> = {
  2: [
    'shuffle',
    'srs',
    'ups',
    'lsrs',
    'lups',
    'get_coreid',
    'memcpy',
    'memset',
    'sqrtf',
    'expf',
    '__builtin_memcpy',
    '__builtin_memset',
    'mac_elem_16_2',
    'mul_elem_16_2',
    'mul_elem_32',
    'mul_elem_64',
    'sqrt',
    'exp',
    'log',
    'fabs',
    'floorf',
    'getRsqrtBf16',
    'getExpBf16',
    'getTanhBf16',
    'getInvBf16',
  ],
  3: [
    '__builtin_ctz',
    '__builtin_clz',
    '__builtin_popcount',
    'add_2d_byte',
    'add_3d_byte',
    '__builtin_bswap32',
  ],
  4: [
    'mac_8x8_8x8T',
    'mul_8x8_8x8T',
    'mac_4x8_8x4',
    'mac_conv_32x8',
    'mul_conv_16x4',
    'load_lut_2x_int8',
    'load_lut_2x_float',
  ],
}

function rows(
  space: ApiRow['space'],
  tiers: Readonly<Record<number, readonly string[]>>,
): ApiRow[] {
  return Object.entries(tiers).flatMap(([tier, names]) =>
    names.map((name) => ({
      space,
      name,
      tier: Number(tier),
      shape: `${name}(...)`,
      about: `Known, not emulated yet (tier ${tier}).`,
      forms: [],
    })),
  )
}

export const plannedRows: readonly ApiRow[] = [
  ...rows('aie', aie),
  ...rows('vector', vectors),
  ...rows('accum', { 2: ['cast', 'grow', 'insert', 'to_native', 'to_vector_sign'] }),
  ...rows('mask', {
    3: ['from_uint32', 'to_uint32', 'from_uint64', 'to_uint64', 'shift', 'clear', 'set', 'extract'],
  }),
  ...rows('global', raw),
  ...rows('std', {
    2: [
      'swap',
      'copy',
      'fill',
      'tie',
      'make_pair',
      'sqrt',
      'floor',
      'ceil',
      'round',
      'exp',
      'tanh',
    ],
  }),
]
