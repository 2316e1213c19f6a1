/**
 * Headers that come with the compiler: macros only, since their types and functions are built in.
 */

const limits = `#pragma once
#define CHAR_BIT 8
#define SCHAR_MIN (-128)
#define SCHAR_MAX 127
#define UCHAR_MAX 255
#define CHAR_MIN (-128)
#define CHAR_MAX 127
#define SHRT_MIN (-32768)
#define SHRT_MAX 32767
#define USHRT_MAX 65535
#define INT_MIN (-2147483647 - 1)
#define INT_MAX 2147483647
#define UINT_MAX 4294967295u
#define LONG_MIN (-2147483647L - 1)
#define LONG_MAX 2147483647L
#define ULONG_MAX 4294967295uL
#define LLONG_MIN (-9223372036854775807LL - 1)
#define LLONG_MAX 9223372036854775807LL
#define ULLONG_MAX 18446744073709551615uLL
`

const integers = `#pragma once
#define INT8_MIN (-128)
#define INT8_MAX 127
#define UINT8_MAX 255
#define INT16_MIN (-32768)
#define INT16_MAX 32767
#define UINT16_MAX 65535
#define INT32_MIN (-2147483647 - 1)
#define INT32_MAX 2147483647
#define UINT32_MAX 4294967295u
#define INT64_MIN (-9223372036854775807LL - 1)
#define INT64_MAX 9223372036854775807LL
#define UINT64_MAX 18446744073709551615uLL
#define SIZE_MAX 4294967295u
#define INT8_C(x) x
#define INT16_C(x) x
#define INT32_C(x) x
#define INT64_C(x) x ## LL
#define UINT8_C(x) x
#define UINT16_C(x) x
#define UINT32_C(x) x ## u
#define UINT64_C(x) x ## uLL
`

const asserts = `#define assert(condition) ((void)0)
`

const definitions = `#pragma once
#define NULL nullptr
`

const booleans = `#pragma once
#define __bool_true_false_are_defined 1
`

/** Loop hints for every spelling in use; each becomes a pragma that only this compiler reads. */
const utils = `#pragma once
#define TILESCOPE_HINT(text) _Pragma(#text)
#define AIE_LOOP_UNROLL(x) TILESCOPE_HINT(tilescope unroll(x))
#define AIE_LOOP_UNROLL_FULL TILESCOPE_HINT(tilescope unroll(full))
#define AIE_LOOP_NO_UNROLL TILESCOPE_HINT(tilescope unroll(1))
#define AIE_LOOP_MIN_ITERATION_COUNT(x) TILESCOPE_HINT(tilescope min(x))
#define AIE_LOOP_MAX_ITERATION_COUNT(x)
#define AIE_LOOP_RANGE(a, ...) TILESCOPE_HINT(tilescope min(a))
#define AIE_PREPARE_FOR_PIPELINING TILESCOPE_HINT(tilescope pipeline)
#define AIE_NO_PREPARE_FOR_PIPELINING TILESCOPE_HINT(tilescope nopipeline)
#define AIE_PREPARE_FOR_POSTPIPELINING TILESCOPE_HINT(tilescope pipeline)
#define AIE_MODULO_SCHEDULING_BUDGET_RATIO(x)
#define AIE_KEEP_SW_LOOP
#define AIE_PEEL_PIPELINED_LOOP(x)
#define AIE_KEEP_FREE_FOR_PIPELINING(x)
#define AIE_ALLOCATE(x)
#define AIE_NO_HW_LOOP
#define AIE_TRY_INITIATION_INTERVAL(x)
#define AIE_LOOP_FLATTEN
#define AIE_LOOP_HINT(k, v)
#define AIE_LOOP_GPR_REALLOC
`

const vectorLibrary = `#pragma once
#define __TILESCOPE_AIE_API__ 1
#define alignas_vector alignas(64)
${integers.replace('#pragma once\n', '')}`

const texts: Readonly<Record<string, string>> = {
  'stdint.h': integers,
  cstdint: integers,
  'limits.h': limits,
  climits: limits,
  'assert.h': asserts,
  cassert: asserts,
  'stddef.h': definitions,
  cstddef: definitions,
  'stdio.h': definitions,
  cstdio: definitions,
  'stdlib.h': definitions,
  cstdlib: definitions,
  'string.h': definitions,
  cstring: definitions,
  'stdbool.h': booleans,
  'aie_api/aie.hpp': vectorLibrary,
  'aie_api/aie_adf.hpp': vectorLibrary,
  'aie_api/utils.hpp': '#pragma once\n',
  'aie_kernel_utils.h': utils,
}

/** Headers whose whole content is built in, or of no use on a core. */
const silent = new Set([
  'type_traits',
  'algorithm',
  'limits',
  'utility',
  'array',
  'tuple',
  'cmath',
  'math.h',
  'numeric',
  'functional',
  'iostream',
  'initializer_list',
  'concepts',
  'bit',
  'adf.h',
  'aiengine.h',
  'aiebase_typedefs.h',
  'new',
  'float.h',
  'cfloat',
  'inttypes.h',
  'cinttypes',
  'iterator',
  'complex',
  'me_core_types.h',
])

/**
 * Text of a header that the compiler brings, found by its whole name or, for the loop hints, by its
 * last part.
 */
export function builtinHeader(name: string): { name: string; text: string } | undefined {
  const own = texts[name]
  if (own !== undefined) return { name: `<${name}>`, text: own }
  if (silent.has(name)) return { name: `<${name}>`, text: '' }
  if (name.endsWith('/aie_kernel_utils.h')) return { name: '<aie_kernel_utils.h>', text: utils }
  return undefined
}

/** Names offered when a user types an include. */
export const builtinHeaderNames: readonly string[] = [...Object.keys(texts), ...silent].sort()
