import { describe, expect, it } from 'vitest'
import { firmwareData } from '../../device/abi/firmware-data.ts'
import { hostFacts } from '../../device/host-facts.ts'
import { createSim } from '../../sim/sim.ts'
import { createSoc } from '../../soc/soc.ts'
import { DataRing } from './data-ring.ts'
import { HostMemory } from './host-memory.ts'

const address = 1 << 20
const bytes = 3 * 4096
const dataBytes = bytes - firmwareData.footerBytes
const { footer } = firmwareData

function build() {
  const sim = createSim()
  const nothing = (): void => undefined
  const soc = createSoc(sim, hostFacts('aie4'), {
    onMailbox: nothing,
    onDoorbell: nothing,
    onInterrupt: nothing,
  })
  const memory = new HostMemory(sim, soc)
  return { memory, ring: new DataRing(sim, 'test', 1, memory) }
}

describe('a ring of firmware data', () => {
  it('has version, type and tail in its footer, and 4 KiB of it', () => {
    const { memory, ring } = build()
    expect(ring.open(address, bytes)).toBe(true)
    const at = address + dataBytes
    expect(memory.word32(at)).toBe(0x10100)
    expect(memory.word32(at + footer.version)).toBe(firmwareData.payloadVersion)
    ring.append(Uint8Array.from([1, 2, 3, 4, 5]), 4)
    expect(memory.word32(at + footer.tail)).toBe(4)
    expect(memory.word32(address)).toBe(0x04030201)
  })

  it('goes on at its start behind its end, and counts on', () => {
    const { memory, ring } = build()
    ring.open(address, bytes)
    const piece = new Uint8Array(dataBytes - 2)
    ring.append(piece, piece.length)
    ring.append(Uint8Array.from([7, 8, 9, 10]), 4)
    expect(memory.word32(address + dataBytes - 4) >>> 16).toBe(0x0807)
    expect(memory.word32(address) & 0xffff).toBe(0x0a09)
    expect(memory.word32(address + dataBytes + footer.tail)).toBe(dataBytes + 2)
  })

  it('goes on where it stopped when the same buffer comes back, and begins anew in a fresh one', () => {
    const { memory, ring } = build()
    ring.open(address, bytes)
    ring.append(Uint8Array.from([1, 2, 3, 4]), 4)
    ring.close()
    expect(ring.isOpen).toBe(false)
    ring.open(address, bytes)
    ring.append(Uint8Array.from([5, 6, 7, 8]), 4)
    expect(memory.word32(address + dataBytes + footer.tail)).toBe(8)
    ring.open(address + bytes, bytes)
    expect(memory.word32(address + bytes + dataBytes + footer.tail)).toBe(0)
  })

  it('takes no buffer without an address or without room for data', () => {
    const { ring } = build()
    expect([ring.open(0, bytes), ring.open(address, 4096)]).toEqual([false, false])
  })
})
