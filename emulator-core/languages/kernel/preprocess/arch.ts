/** What the compiler predefines for each architecture, so that one source serves all. */

export type KernelArch = 'aie2' | 'aie2p' | 'aie4'

/**
 * Values of __AIE_ARCH__. The first two are the public ones; the third belongs to no vendor, so
 * that tables which end
 * in #error say that they do not know this architecture.
 */
const archNumber: Readonly<Record<KernelArch, string>> = { aie2: '20', aie2p: '21', aie4: '4400' }

/** Macros that exist before the first line, as name and text. */
export function predefined(arch: KernelArch): readonly (readonly [string, string])[] {
  const own: Record<KernelArch, readonly (readonly [string, string])[]> = {
    aie2: [
      ['__AIE_API_AIE_ML__', '1'],
      ['__AIEARCH__', '20'],
    ],
    aie2p: [
      ['__AIE_API_AIE_ML__', '1'],
      ['__AIEARCH__', '21'],
    ],
    aie4: [['__TILESCOPE_AIE4__', '1']],
  }
  return [
    ['__AIENGINE__', '1'],
    ['__AIE_ARCH__', archNumber[arch]],
    ['__TILESCOPE__', '1'],
    ['__cplusplus', '202002L'],
    ['__STDC_HOSTED__', '0'],
    ['__CHAR_BIT__', '8'],
    ['__BYTE_ORDER__', '1234'],
    ['__ORDER_LITTLE_ENDIAN__', '1234'],
    ['__INT32_MAX__', '2147483647'],
    ...own[arch],
  ]
}
