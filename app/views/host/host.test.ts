import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlotState } from '../../../emulator-core/worker/frame.ts'
import type { ContextNow, PacketMoment, SlotNow } from '../../../emulator-core/worker/protocol.ts'
import { fieldsOfWord, rowsOf } from './decoder.tsx'
import { chainsOf, phaseAt, shownContext, shownPacket, urgency } from './packets.ts'
import { lapWords } from './ring.tsx'
import { angleOf, glyphPlace, inner, onCircle, outer, useArc, wedge } from './ring-geometry.ts'

const empty = (slot: number): SlotNow => ({
  slot,
  state: SlotState.empty,
  more: false,
  indirect: 0,
  packet: -1,
})

/** A context whose slots hold packets in some state; `more` names those that more of a chain follow. */
function contextOf(
  handle: number,
  packets: Readonly<Record<number, number>>,
  more: readonly number[] = [],
): ContextNow {
  const slots = Array.from({ length: 32 }, (_, slot) => empty(slot))
  for (const [number, state] of Object.entries(packets)) {
    const packet = Number(number)
    const slot = packet % 32
    slots[slot] = { slot, state, more: more.includes(packet), indirect: 0, packet }
  }
  const written = Object.keys(packets).map(Number)
  return {
    key: handle,
    handle,
    hwctx: handle - 1,
    slots,
    read: 0,
    write: Math.max(-1, ...written) + 1,
    diagnoses: [],
  } as unknown as ContextNow
}

describe('the ring', () => {
  it('starts at the top and goes clockwise', () => {
    expect(onCircle(angleOf(0, 32), 100)).toMatchObject({ x: 0, y: -100 })
    expect(onCircle(angleOf(8, 32), 100).x).toBeCloseTo(100)
  })

  it('draws every slot between its two radii, apart from the others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 256 }), fc.nat(255), (slots, n) => {
        const slot = n % slots
        const { x, y } = glyphPlace(slot, slots)
        expect(Math.hypot(x, y)).toBeGreaterThan(inner)
        expect(Math.hypot(x, y)).toBeLessThan(outer)
        expect(wedge(slot, slots)).not.toBe(wedge((slot + 1) % slots, slots))
      }),
    )
  })

  it('has an arc over what is in use and none when nothing is', () => {
    expect(useArc(5, 5, 32)).toBe('')
    expect(useArc(0, 4, 32)).toContain('A82 82 0 0 1')
    expect(useArc(0, 20, 32)).toContain('A82 82 0 1 1')
  })
})

describe('packets of a ring', () => {
  const context = contextOf(
    1,
    { 65: SlotState.completed, 66: SlotState.running, 67: SlotState.rung, 68: SlotState.rung },
    [66, 67],
  )

  it('that are shown are the one asked for, else the one that runs, else the newest', () => {
    expect(shownPacket(context, 65)).toBe(65)
    expect(shownPacket(context, 12)).toBe(66)
    expect(shownPacket(contextOf(1, { 3: SlotState.rung, 4: SlotState.rung }), undefined)).toBe(4)
    expect(shownPacket(contextOf(1, {}), undefined)).toBe(-1)
  })

  it('form chains from the first that more follow to the last', () => {
    expect(chainsOf(context.slots)).toEqual([[66, 68]])
    const around = contextOf(
      1,
      { 31: SlotState.rung, 32: SlotState.rung, 33: SlotState.rung },
      [31],
    )
    expect(chainsOf(around.slots)).toEqual([[31, 32]])
    const open = contextOf(1, { 0: SlotState.rung, 1: SlotState.rung }, [0, 1])
    expect(chainsOf(open.slots)).toEqual([[0, 1]])
  })

  it('lie in a lap that is named', () => {
    expect(lapWords(0, 32)).toBe('nothing written yet')
    expect(lapWords(1, 32)).toBe('first lap')
    expect(lapWords(32, 32)).toBe('first lap, about to wrap')
    expect(lapWords(33, 32)).toBe('second lap')
    expect(lapWords(32 * 40 + 1, 32)).toBe('41th lap')
  })
})

describe('the context that is shown', () => {
  const all = [contextOf(3, {}), contextOf(5, { 0: SlotState.rung })]

  it('is the one selected by handle or by place in the program, else the last one looked at', () => {
    expect(shownContext(all, 'hwctx5', undefined)?.handle).toBe(5)
    expect(shownContext(all, 'queue2', undefined)?.handle).toBe(3)
    expect(shownContext(all, 'tile[0,2]', 5)?.handle).toBe(5)
    expect(shownContext(all, 'uc1', undefined)?.handle).toBe(3)
    expect(shownContext([], 'hwctx5', 5)).toBeUndefined()
  })

  it('is louder the worse its queue stands', () => {
    const with_ = (level: 'note' | 'caution' | 'fault'): ContextNow => ({
      ...all[0]!,
      diagnoses: [{ name: 'ring full', level, text: '', packet: -1 }],
    })
    expect([with_('fault'), with_('caution'), all[1]!, with_('note')].map(urgency)).toEqual([
      0, 1, 2, 3,
    ])
  })
})

describe('a step of the way', () => {
  const step = (from: number, to: number): PacketMoment => ({
    name: '',
    note: '',
    from,
    to,
    waits: false,
    confidence: 'modelled',
  })

  it('is to come, under way and over in the very cycles of its record', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), (from, length) => {
        const one = step(from, from + length)
        expect(phaseAt(one, from - 1)).toBe('todo')
        expect(phaseAt(one, from + length)).toBe('done')
        if (length > 0) expect(phaseAt(one, from + length - 1)).toBe('now')
      }),
    )
    expect(phaseAt(step(-1, -1), 5)).toBe('todo')
    expect(phaseAt(step(3, -1), 5)).toBe('now')
  })
})

describe('the decoder', () => {
  it('links a word with every field that has a byte in it', () => {
    const field = (name: string, at: number, sizeBytes: number) => ({
      name,
      at,
      sizeBytes,
      value: '',
    })
    const fields = [field('opcode', 2, 1), field('chain', 3, 1), field('signal', 8, 8)]
    expect(fieldsOfWord(fields, 0).map(({ name }) => name)).toEqual(['opcode', 'chain'])
    expect(fieldsOfWord(fields, 1)).toEqual([])
    expect(fieldsOfWord(fields, 3).map(({ name }) => name)).toEqual(['signal'])
  })

  it('gives a row to each header word and to every eight bytes in use', () => {
    const words = Array.from({ length: 16 }, () => 0)
    const unused = { name: 'unused', at: 40, sizeBytes: 24, value: '' }
    const block = { title: '', address: 0, words, fields: [unused] }
    expect(rowsOf(block).map(({ at }) => at)).toEqual([0, 4, 8, 16, 24, 32])
    expect(rowsOf({ ...block, fields: [] }).at(-1)).toEqual({ at: 56, words: [14, 15] })
  })
})
