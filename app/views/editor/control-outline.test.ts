import { describe, expect, it } from 'vitest'
import { definitionOf, flatOutline, outlineOf, referenceAt } from './control-outline.ts'

const text = `.attach_to_group 0
START_JOB 0
  LOAD_PDI 0x1, @pdi
END_JOB
START_JOB_DEFERRED 0x3
  UC_DMA_WRITE_DES_SYNC @Chain
END_JOB
START_JOB 1
  LAUNCH_JOB 3
END_JOB
pdi:
START_JOB 0
  NOP
END_JOB
EOF
inner:
  .long 1
.endl pdi
EOF
chain:   ; two of them
  UC_DMA_BD 0, 0x0, @words, 1, 0, 0
words:
  .long 1
`

describe('the outline of control code', () => {
  it('lists groups, jobs, scopes with what is in them, and labels', () => {
    const said = (entries: ReturnType<typeof outlineOf>): unknown =>
      entries.map(({ kind, name, line, children }) =>
        children.length > 0 ? [kind, name, line, said(children)] : [kind, name, line],
      )
    expect(said(outlineOf(text))).toEqual([
      ['group', 'uC 0', 1],
      ['job', '0', 2],
      ['job', '0x3', 5],
      ['job', '1', 8],
      [
        'scope',
        'pdi',
        11,
        [
          ['job', '0', 12],
          ['label', 'inner', 16],
        ],
      ],
      ['label', 'chain', 20],
      ['label', 'words', 22],
    ])
  })

  it('knows where each of them ends', () => {
    const ends = flatOutline(outlineOf(text)).map(({ name, endLine }) => `${name} ${endLine}`)
    expect(ends).toContain('0 4')
    expect(ends).toContain('pdi 18')
    expect(ends).toContain('chain 21')
  })
})

describe('a word of control code', () => {
  const at = (line: string) => referenceAt(line.replace('¦', ''), line.indexOf('¦'))

  it('refers to a label, a job or a scope', () => {
    expect(at('  UC_DMA_WRITE_DES $r0, @ch¦ain')).toMatchObject({ kind: 'label', name: 'chain' })
    expect(at('  LAUNCH_JOB 0x¦3')).toMatchObject({ kind: 'job', name: '0x3' })
    expect(at('.endl p¦di')).toMatchObject({ kind: 'scope', name: 'pdi' })
    expect(at('  WRITE_32 0x1¦0, 3')).toBeUndefined()
    expect(at('  NOP ; see @ch¦ain')).toBeUndefined()
  })

  it('leads to its definition, labels in any case and jobs by number', () => {
    const entries = outlineOf(text)
    expect(definitionOf(entries, { kind: 'label', name: 'CHAIN' })?.line).toBe(20)
    expect(definitionOf(entries, { kind: 'job', name: '3' })?.line).toBe(5)
    expect(definitionOf(entries, { kind: 'label', name: 'pdi' })?.line).toBe(11)
    expect(definitionOf(entries, { kind: 'label', name: 'nobody' })).toBeUndefined()
  })
})
