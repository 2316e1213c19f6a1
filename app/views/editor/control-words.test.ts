import { describe, expect, it } from 'vitest'
import type { WordItem } from '../../../emulator-core/worker/protocol.ts'
import { controlOffers, writtenAt } from './control-words.ts'

const item = (label: string, kind: WordItem['kind'], detail = '', about = ''): WordItem => ({
  label,
  kind,
  detail,
  about,
})
/** An operation whose operands take these. */
const operation = (label: string, ...takes: string[]): WordItem => ({
  ...item(label, 'operation'),
  operands: takes.map((one) => ({ name: one, takes: one, about: '' })),
})
const channel = (label: string, row: string) =>
  item(label, 'actor', '', `DMA channel of a ${row} tile, actor 0.`)

const items: readonly WordItem[] = [
  operation('WAIT_TCTS', 'tile', 'actor', 'number'),
  operation('WRITE_32', 'number', 'number'),
  operation('MOV', 'register', 'number'),
  operation('LOCAL_BARRIER', 'barrier', 'number'),
  operation('REMOTE_BARRIER', 'barrier', 'number'),
  operation('UC_DMA_WRITE_DES_SYNC', 'label'),
  operation('LAUNCH_JOB', 'job'),
  item('.align', 'directive'),
  item('.attach_to_group', 'directive'),
  item('tile_0_0', 'tile', 'shim tile'),
  item('tile_1_1', 'tile', 'mem tile'),
  channel('SHIM_S2MM_0', 'shim'),
  channel('MEM_S2MM_0', 'mem'),
  item('$r0', 'register', 'private'),
  item('$lb3', 'barrier', 'local'),
  item('$rb3', 'barrier', 'remote'),
]

const program = `START_JOB 0
¦
END_JOB
EOF
chain:
  UC_DMA_BD 0, 0x0, @words, 1, 0, 0
words:
  .long 1
`

/** What is offered when `line` is being written inside the program. */
function offered(line: string): string[] {
  const [before = '', after = ''] = program.replace('¦', `${line}¦`).split('¦')
  return controlOffers(items, { file: 'a.asm', before, after }).offers.map((o) => o.item.label)
}

describe('offers in control code', () => {
  it('are operations and directives at the beginning of a line', () => {
    expect(offered('  WAIT')).toContain('WAIT_TCTS')
    expect(offered('  WAIT')).not.toContain('$r0')
    expect(offered('.al')).toEqual(expect.arrayContaining(['.align', '.attach_to_group']))
    expect(offered('.al')).not.toContain('WAIT_TCTS')
  })

  it('are tiles, then the channels of that kind of tile', () => {
    expect(offered('WAIT_TCTS ')).toEqual(['tile_0_0', 'tile_1_1'])
    expect(offered('WAIT_TCTS ')).not.toContain('SHIM_S2MM_0')
    expect(offered('WAIT_TCTS tile_0_0, s')).toContain('SHIM_S2MM_0')
    expect(offered('WAIT_TCTS tile_0_0, s')).not.toContain('MEM_S2MM_0')
    expect(offered('WAIT_TCTS tile_1_1, ')).toEqual(['MEM_S2MM_0'])
    expect(offered('WAIT_TCTS tile_1_1, mem_mm2s_0, ')).toEqual([])
  })

  it('are registers and barriers where those stand', () => {
    expect(offered('MOV $')).toEqual(['$r0'])
    expect(offered('LOCAL_BARRIER $')).toContain('$lb3')
    expect(offered('LOCAL_BARRIER $')).not.toContain('$rb3')
    expect(offered('REMOTE_BARRIER ')).toContain('$rb3')
  })

  it('are the labels and jobs of the file', () => {
    expect(offered('UC_DMA_WRITE_DES_SYNC @')).toEqual(['@chain', '@words'])
    expect(offered('LAUNCH_JOB ')).toEqual(['0'])
  })

  it('are nothing in a comment', () => {
    expect(offered('NOP ; WAIT')).toEqual([])
  })
})

describe('the operation being written', () => {
  it('knows which operand the cursor is in', () => {
    const at = (line: string) => writtenAt(items, line)
    expect(at('  WRITE_32')).toMatchObject({ operand: -1, item: { label: 'WRITE_32' } })
    expect(at('  WRITE_32 0x1')?.operand).toBe(0)
    expect(at('  write_32 0x1, ')?.operand).toBe(1)
    expect(at('  WAIT_TCTS tile_0_0, sh')?.before).toEqual(['tile_0_0'])
    expect(at('  NOBODY 1')).toBeUndefined()
  })
})
