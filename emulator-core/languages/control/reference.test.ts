import { describe, expect, it } from 'vitest'
import { operationByCode, operationByName } from '../../device/abi/control-code.ts'
import { holdingOf, operandMeaning } from '../../device/abi/control-reference.ts'
import { completions, describeWord, encodingWords } from './reference.ts'

describe('the reference of control code', () => {
  it('has a meaning for every operand of every operation', () => {
    const names = operationByCode.flatMap((spec) => spec?.written.map((o) => o.name) ?? [])
    expect(names.filter((name) => operandMeaning(name) === '')).toEqual([])
    expect(operandMeaning('nobody')).toBe('')
  })

  it('writes as many bytes as the operation has', () => {
    for (const spec of operationByName.values()) {
      const bytes = encodingWords(spec)
        .split(' ')
        .reduce((sum, word) => sum + Number(/·(\d)$/.exec(word)?.[1] ?? 1), 0)
      expect(bytes, spec.mnemonic).toBe(spec.sizeBytes)
    }
  })

  it('says of an operation how it is written, what it costs and where that is known from', () => {
    const word = describeWord('wait_tcts')!
    expect(word.detail).toBe('WAIT_TCTS tile_id, actor_id, target_tcts')
    expect(word.operands?.map((o) => o.takes)).toEqual(['tile', 'actor', 'number'])
    expect(word.facts?.map((f) => f.name)).toEqual(['Waiting', 'Size', 'Bytes', 'Source'])
    expect(word.facts?.[2]?.value).toBe('06 00 tile_id·2 actor_id·1 00 target_tcts·1 00')
  })

  it('tells operations that hold up their job from those that do not', () => {
    const holds = (name: string) => holdingOf(operationByName.get(name)!.code)
    expect(holds('wait_tcts')).toMatch(/^Blocks/)
    expect(holds('rel_acq_sync')).toMatch(/^Spins/)
    expect(holds('write_32')).toMatch(/^Never/)
  })

  it('offers every barrier, register and channel by name', () => {
    const labels = completions('aie4-a').map((word) => word.label)
    for (const label of ['$lb15', '$rb0', '$rb64', '$r7', '$g15', 'SHIM_S2MM_0', 'MEM_MM2S_9'])
      expect(labels).toContain(label)
  })
})
