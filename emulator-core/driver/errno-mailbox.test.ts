import { describe, expect, it, vi } from 'vitest'
import { mailbox, MailOpcode } from '../device/abi/mailbox.ts'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import { hostFacts } from '../device/host-facts.ts'
import { createHwctx } from './test-kit/calls.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'
import type { HostStackOptions } from './test-kit/host-stack.ts'

const { ring, mailboxRegister, vectors } = hostFacts('aie4')

function booted(options: HostStackOptions = {}): Process {
  const process = new Process(createHostStack(options), 0)
  expect([process.boot(), process.open()]).toEqual([0, 0])
  process.stack.sim.schedule.runUntil(process.stack.sim.schedule.now + 1_000_000)
  return process
}

/** The firmware's end of the response ring, where a test writes what no firmware would. */
function responses(p: Process) {
  const { bars, interrupts } = p.stack.soc
  const register = (offset: number): number => bars.mailbox[offset >> 2]!
  return {
    head: () => register(mailboxRegister.i2xHead),
    /** Writes words at the tail, and says that the tail is `bytes` further on. */
    put: (words: readonly number[], bytes = 4 * words.length) => {
      const tail = register(mailboxRegister.i2xTail)
      words.forEach((word, i) => bars.sram.write32(ring.i2x + tail + 4 * i, word))
      bars.mailbox[mailboxRegister.i2xTail >> 2] = tail + bytes
      interrupts.raise(vectors.management)
      p.stack.sim.schedule.runUntil(p.stack.sim.schedule.now + 100_000)
    },
  }
}

/** A message to the firmware, by a call that sends one. */
function ask(p: Process): number {
  const at = argument.createHwctx
  return createHwctx(p, [
    [at.qosPointer, p.stack.driver.memory.privateAddress[p.file]!],
    [at.umqBo, p.buffer(8320).handle],
    [at.numTiles, 4],
  ]).result
}

/** Header of a response and one word behind it. */
const message = (bytes: number, id: number): number[] => [bytes, bytes | 0x1_0000, id, 0x10002, 0]

describe('a response ring that makes no sense is never used again, EPIPE from then on,', () => {
  it('where an answer has a strange id', () => {
    const p = booted()
    responses(p).put(message(4, 0x1234_5678))
    expect(ask(p)).toBe(-errno.EPIPE)
    expect(p.reason).toContain('The response ring of the mailbox made no sense')
    expect(ask(p)).toBe(-errno.EPIPE)
  })

  it('but not for a note, which answers nothing', () => {
    const p = booted()
    responses(p).put([20, 20 | 0x1_0000, 0, MailOpcode.asyncEventNote, 5, 0, 0, 0, 0])
    expect(ask(p)).toBe(0)
  })

  it('nor at the end of the ring', () => {
    const p = booted()
    const seen = new Set<number>()
    for (let i = 0; i < 300; i++) {
      expect(ask(p)).toBe(0)
      expect(p.ioctl(ioctls.destroyHwctx, [[0, p.arg(argument.createHwctx.handle)]])).toBe(0)
      seen.add(responses(p).head())
      p.stack.driver.inspectBuffers().forEach(({ handle }) => p.closeBo(handle))
    }
    expect(Math.min(...seen)).toBeLessThan(64)
    expect(Math.max(...seen)).toBeGreaterThan(ring.i2xBytes - 64)
  })
})

describe('a message', () => {
  it('that is larger than the ring is refused before it is sent', () => {
    const p = new Process(createHostStack({ change: { ring: { ...ring, x2iBytes: 20 } } }), 0)
    expect(p.boot()).toBe(-errno.EINVAL)
    expect(p.reason).toBe('IDENTIFY has 4 bytes; the ring takes whole words that fit in.')
  })

  it('that finds the ring full is ETIMEDOUT', () => {
    const p = booted({ change: { ring: { ...ring, x2iBytes: 128 } } })
    const at = argument.createHwctx
    const threads = [0, 1, 2, 3].map((thread) => {
      const other = new Process(p.stack, thread)
      other.file = p.file
      const queue = other.buffer(8320).handle
      return { other, queue }
    })
    for (const { other, queue } of threads) {
      other.start(ioctls.createHwctx, [
        [at.qosPointer, p.stack.driver.memory.privateAddress[p.file]!],
        [at.umqBo, queue],
        [at.numTiles, 4],
      ])
    }
    const results = threads.map(({ other }) => other.finish())
    expect(results).toEqual([0, 0, -errno.ETIMEDOUT, -errno.ETIMEDOUT])
    expect(ask(p)).toBe(0)
  })

  it('whose answer has another size than it should is EINVAL, and the channel stays', () => {
    const p = booted()
    const { firmware } = p.stack
    const ids: number[] = []
    const deaf = vi.spyOn(firmware, 'onMailbox').mockImplementation(() => {
      const { bars } = p.stack.soc
      const head = bars.mailbox[mailboxRegister.x2iHead >> 2]!
      ids.push(bars.sram.read32(ring.x2i + head + mailbox.header.id))
      bars.mailbox[mailboxRegister.x2iHead >> 2] = bars.mailbox[mailboxRegister.x2iTail >> 2]!
    })
    const at = argument.createHwctx
    const queue = p.buffer(8320).handle
    p.start(ioctls.createHwctx, [
      [at.qosPointer, p.stack.driver.memory.privateAddress[p.file]!],
      [at.umqBo, queue],
      [at.numTiles, 4],
    ])
    responses(p).put([8, 8 | 0x1_0000, ids[0]!, MailOpcode.createHwContext, 0, 7])
    expect(p.finish()).toBe(-errno.EINVAL)
    expect(p.reason).toBe(
      'The answer to CREATE_HW_CONTEXT has 8 bytes, not the size it should have.',
    )
    deaf.mockRestore()
    expect(ask(p)).toBe(0)
  })
})
