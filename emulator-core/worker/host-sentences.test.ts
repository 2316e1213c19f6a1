import { describe, expect, it } from 'vitest'
import { DriverEvent, ManagementEvent, RuntimeEvent, SocEvent } from '../machine/vocabulary.ts'
import { hostSentence } from './host-sentences.ts'

const names = { clients: ['app0'], hwctxs: ['c0'], bos: ['A', 'B'], runs: ['r0'] }
const tell = (kind: number, part: number, a: number, b: number) =>
  hostSentence({ index: 0, tick: 0, kind, part, a, b }, names)

describe('sentences of the host’s side', () => {
  it('exist for every kind of record, and are sentences', () => {
    for (const table of [SocEvent, ManagementEvent, DriverEvent, RuntimeEvent]) {
      for (const kind of Object.values(table)) {
        expect(tell(kind, 1, 2, 3)).toMatch(/^\S+ .*[^.]\.$/)
      }
    }
  })

  it('say what the process did with which buffer', () => {
    expect(tell(RuntimeEvent.access, 1, 1, 64)).toBe('The host wrote 64 bytes of B.')
    expect(tell(RuntimeEvent.access, 0, 3, 1)).toBe('The host compared 1 byte of A.')
  })

  it('say how the host program ended', () => {
    expect(tell(RuntimeEvent.ended, 0, 4, 1)).toBe('The host program has ended as it should.')
    expect(tell(RuntimeEvent.ended, 0, 4, 2)).toContain('difference')
  })

  it('name the errno that a call returns', () => {
    expect(tell(DriverEvent.callEnd, 0, 2, -22)).toContain('EINVAL')
  })

  it('leave the array’s records to others', () => {
    expect(tell(400, 0, 0, 0)).toBeUndefined()
  })
})
