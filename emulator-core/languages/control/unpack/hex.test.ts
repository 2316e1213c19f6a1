import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { controlCode } from '../../../device/abi/control-code.ts'
import { assemble } from '../assemble.ts'
import { disassemble } from '../disassemble.ts'
import { pagesHex } from '../pages-hex.ts'
import { codeOfPages } from './bare.ts'
import { readPagesHex } from './hex.ts'

const { page } = controlCode
const program = `.attach_to_group 0
START_JOB 0
  LOAD_PDI 1, @pdi
END_JOB
START_JOB 1
  APPLY_OFFSET_57 @t, 2, 3
  APPLY_OFFSET_57 @u, 1, 0xFFFF
  UC_DMA_WRITE_DES_SYNC @c
END_JOB
START_JOB 2
  PREEMPT 1, @a, @b
END_JOB
pdi:
START_JOB 0
  NOP
END_JOB
EOF
.endl pdi
EOF
c:
UC_DMA_BD 0, 0x18000, @t, 9, 0, 0
t:
${'.long 5\n'.repeat(9)}u:
${'.long 6\n'.repeat(9)}
`
const other = program.replace('group 0', 'group 2')
const files = new Map([['a.asm', `${program}.section .ctrltext\n${other}`]])
const code = assemble('a.asm', { files }).artifact!

describe('a page file', () => {
  it('gives the pages of every uC back', () => {
    const { runs, diagnostics } = readPagesHex(pagesHex(code), 'x.hex')
    expect(diagnostics).toEqual([])
    expect(runs).toEqual(code.ucs.map(({ pages }) => pages))
  })

  it('may be broken into lines in any way', () => {
    const text = pagesHex(code).replaceAll('\n', ' ').toUpperCase()
    expect(readPagesHex(text, 'x.hex').runs).toHaveLength(2)
  })

  it('is refused where a page does not begin', () => {
    const wrong = pagesHex(code).replace('ff ff 01', 'ff ff 07')
    const { runs, diagnostics } = readPagesHex(wrong, 'x.hex')
    expect(runs).toEqual([])
    expect(diagnostics[0].message).toBe('no page 1 begins at byte 0x2000 of x.hex')
  })
})

describe('pages without a container', () => {
  it('have the relocations that their operations ask for', () => {
    const bare = codeOfPages(code.ucs, code.target)
    expect(bare.relocations).toEqual(code.relocations)
    expect(code.relocations.map(({ symbol }) => symbol)).toContain('scratch-pad-mem')
  })

  it('become text whatever they hold', () => {
    const random = fc.uint8Array({ minLength: page.bytes, maxLength: page.bytes })
    const change = fc.array(fc.tuple(fc.nat(page.bytes - 1), fc.nat(255)), { maxLength: 20 })
    const damaged = change.map((list) => {
      const pages = code.ucs[0].pages.slice()
      for (const [at, value] of list) pages[at] = value
      return pages
    })
    fc.assert(
      fc.property(fc.oneof(random, damaged), (pages) => {
        const { text } = disassemble(codeOfPages([{ uc: 0, pages }], 'aie4-a'), 'x.asm')
        expect(text).toContain('EOF')
      }),
      { numRuns: 80 },
    )
  })
})
