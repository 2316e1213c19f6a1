import { describe as suite, expect, it } from 'vitest'
import {
  commandWord,
  ControlOperation,
  readAnswerHeader,
  ReferenceRegisters,
  requestWords,
  writeWords,
} from './control-packets.ts'

suite('the reference control packets', () => {
  it('pack address, beats, operation and response id under odd parity', () => {
    // address 0x1f040 (six ones), 4 beats (two ones), read (one), response 5 (two): eleven ones
    expect(commandWord(0x1f040, 4, ControlOperation.read, 5)).toBe(0x0571f040)
    expect(commandWord(0x1f040, 3, ControlOperation.read, 5)).toBe(0x8561f040)
    expect(
      requestWords({
        address: 4,
        operation: ControlOperation.blockWrite,
        words: [7, 8],
        responseId: 0,
      }),
    ).toEqual([0x00d00004 | 0, 7, 8].map((w, i) => (i === 0 ? commandWord(4, 2, 3, 0) : w)))
  })

  it('of AIE4 carry the count that a write of nine descriptor words shows in public programs', () => {
    const [command] = writeWords(0x18000, Array<number>(9).fill(0))
    expect((command! >>> 21) & 0xf).toBe(8)
    expect((command! & 0x3ffff) * 4).toBe(0x18000)
  })

  it('read back what they wrote', () => {
    const registers = new ReferenceRegisters()
    const request = (operation: 0 | 1 | 2 | 3, words: number | number[]) =>
      registers.carryOut({ address: 0x100, operation, words, responseId: 1 })
    expect(request(2, [1, 2, 3])).toBeUndefined()
    expect(request(0, [9])).toBeUndefined()
    expect(request(1, 4)).toEqual([9, 2, 3, 0])
  })

  it('answer under a header of odd parity', () => {
    expect(readAnswerHeader(0x80230005)).toEqual({ id: 5, row: 3, column: 1, isOdd: false })
    expect(readAnswerHeader(0x00230005).isOdd).toBe(true)
  })
})
