import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { command, commandHeader } from '../device/abi/command.ts'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import { DriverEvent } from '../driver/events.ts'
import { CertEvent } from '../firmware/cert/events.ts'
import { code, ControlBed, HostProcess } from './test-kit/control-bed.ts'

const job = (...lines: string[]) => ['START_JOB 0', ...lines, 'END_JOB', 'EOF', ''].join('\n')
const programs = {
  fine: job('NOP'),
  slow: job('SLEEP 4'),
  bad: job('NOP'),
  hang: job('POLL_32 0x18000, 9'),
}
type Kind = keyof typeof programs
const { state } = command

/** What a thread does next: submit one or several commands, wait for one of its own, or do nothing for a while. */
type Act =
  | { readonly submit: readonly Kind[] }
  | { readonly wait: number; readonly timeoutMs: number }
  | { readonly pause: number }

const mostly: fc.Arbitrary<Kind> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Kind>('fine') },
  { weight: 5, arbitrary: fc.constant<Kind>('slow') },
  { weight: 1, arbitrary: fc.constant<Kind>('bad') },
)
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ submit: fc.array(mostly, { minLength: 1, maxLength: 1 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ submit: fc.array(mostly, { minLength: 2, maxLength: 32 }) }),
  },
  { weight: 3, arbitrary: fc.record({ wait: fc.nat(50), timeoutMs: fc.constantFrom(0, 0, 1) }) },
  { weight: 1, arbitrary: fc.record({ pause: fc.nat(50_000) }) },
)
const acts = (length: number) => fc.array(act, { minLength: length, maxLength: length })

interface Buffer {
  readonly handle: number
  readonly address: number
}

/** A submission that the driver has taken. */
interface Taken {
  readonly seq: number
  readonly kinds: readonly Kind[]
  /** The chain, or the command that was submitted alone. */
  readonly bo: Buffer
  readonly parts: readonly Buffer[]
}

const poolSize = 80
const partial = -1

/** Two threads of one process, one queue, and everything that became of their commands. */
class Play {
  readonly bed = new ControlBed(1)
  /** Jobs and commands by their states at the end. */
  readonly seen = new Map<string, number>()
  retries = 0
  submitted = 0
  /** Sequence numbers by how their job ended, and packets by how often a uC took them. */
  private readonly ended = new Map<number, number[]>()
  private readonly popped = new Map<number, number>()
  private readonly threads: readonly HostProcess[]
  private readonly pools: readonly Buffer[][]
  private readonly hwctx: number
  private readonly codes: Record<Kind, number>

  constructor() {
    const { bed } = this
    bed.sim.trace.watch((kind, _, a, b) => {
      if (kind === DriverEvent.jobEnded) this.ended.set(a, [...(this.ended.get(a) ?? []), b])
      if (kind === CertEvent.packetPopped) this.popped.set(a, (this.popped.get(a) ?? 0) + 1)
    })
    const process = bed.boot()
    this.hwctx = process.hwctx(4)
    const other = new HostProcess(bed, 1)
    other.file = process.file
    this.threads = [process, other]
    this.pools = this.threads.map(() =>
      Array.from({ length: poolSize }, () => process.buffer(4096)),
    )
    const bad = code(programs.bad)
    bad.ucs[0]!.pages[16 + 8] = 0x0a
    this.codes = {
      fine: process.place(code(programs.fine)),
      slow: process.place(code(programs.slow)),
      bad: process.place(bad),
      hang: process.place(code(programs.hang)),
    }
  }

  /** Runs both lists to their ends; then every command has ended, once. */
  run(lists: readonly (readonly Act[])[]): void {
    const { sim, driver } = this.bed
    const players = lists.map((list, i) => this.player(this.threads[i]!, this.pools[i]!, list))
    const isBusy = players.map(() => true)
    for (;;) {
      players.forEach((player, i) => {
        if (isBusy[i] && !driver.inKernel(this.threads[i]!.thread)) isBusy[i] = !player.next().done
      })
      if (!isBusy.includes(true)) break
      if (!sim.schedule.runOne(Infinity)) throw new Error(this.stuck())
    }
    // A wait may be over before the interrupt of its command has come.
    this.bed.run(20_000)
    const context = driver.inspectContexts()[0]!
    const packets = context.writeIndex
    expect(context).toMatchObject({ readIndex: packets, completions: context.submissions })
    expect([...this.ended.values()].every((how) => how.length === 1)).toBe(true)
    expect([...this.popped.values()].every((times) => times === 1)).toBe(true)
    expect(Math.max(...this.popped.keys())).toBeLessThan(packets)
  }

  private stuck(): string {
    const { driver } = this.bed
    return JSON.stringify([driver.inspectThreads(), driver.inspectContexts()])
  }

  /** A thread: yields whenever it has entered the kernel or lets time pass. */
  private *player(by: HostProcess, pool: Buffer[], list: readonly Act[]): Generator<void, void> {
    const own: Taken[] = []
    const { schedule } = this.bed.sim
    for (const what of list) {
      if ('pause' in what) {
        for (const until = schedule.now + what.pause; schedule.now < until && this.isMoving(by);)
          yield
      } else if ('wait' in what) {
        const which = own[what.wait % Math.max(1, own.length)]
        if (which) yield* this.wait(by, which, what.timeoutMs)
      } else {
        while (pool.length < what.submit.length + 1) yield* this.finish(by, pool, own.shift()!)
        own.push(yield* this.submit(by, pool, what.submit))
      }
    }
    for (const which of own) yield* this.finish(by, pool, which)
  }

  /** Whether anything but a thread itself makes time pass. */
  private isMoving(by: HostProcess): boolean {
    return this.threads.some((t) => t !== by && this.bed.driver.inKernel(t.thread))
  }

  private *submit(by: HostProcess, pool: Buffer[], kinds: readonly Kind[]): Generator<void, Taken> {
    const parts = kinds.map((kind) => this.command(by, pool, kind))
    const bo = kinds.length > 1 ? this.chain(by, pool, parts) : parts[0]!
    const at = argument.execCmd
    for (;;) {
      by.start(ioctls.execCmd, [
        [at.hwctx, this.hwctx],
        [at.commandHandle, bo.handle],
        [at.commandCount, 1],
      ])
      yield
      const result = this.bed.driver.result(by.thread)
      if (result === 0) break
      expect(result).toBe(-errno.EAGAIN)
      this.retries++
    }
    this.submitted += kinds.length
    return { seq: by.arg64(at.seq), kinds, bo, parts }
  }

  private *wait(by: HostProcess, { seq }: Taken, timeoutMs: number): Generator<void, void> {
    const at = argument.waitCmd
    for (;;) {
      by.start(ioctls.waitCmd, [
        [at.hwctx, this.hwctx],
        [at.seq, seq],
        [at.timeoutMs, timeoutMs],
      ])
      yield
      const result = this.bed.driver.result(by.thread)
      if (result === 0 || (timeoutMs > 0 && result === -errno.ETIME)) return
      expect(result).toBe(-errno.EAGAIN)
      this.retries++
    }
  }

  /** Waits for a submission, looks at what became of it, and has its buffers back. */
  private *finish(by: HostProcess, pool: Buffer[], taken: Taken): Generator<void, void> {
    yield* this.wait(by, taken, 0)
    const states = taken.parts.map((part) => by.load(part.address) & command.header.stateMask)
    const header = by.load(taken.bo.address) & command.header.stateMask
    this.judge(taken, header, states, by.load(taken.bo.address + 4 + command.chain.errorIndex))
    pool.push(...taken.parts, ...(taken.bo === taken.parts[0] ? [] : [taken.bo]))
  }

  /** What a command ended as must follow from what it was and how its job ended. */
  private judge(taken: Taken, header: number, states: readonly number[], errorIndex: number): void {
    const { kinds, seq } = taken
    // A job that is done may not have been looked at yet.
    const how = this.ended.get(seq)?.[0] ?? (header === state.abort ? partial : 0)
    const isChain = kinds.length > 1
    const stop = kinds.findIndex((kind) => kind === 'bad' || kind === 'hang')
    const told = `${how} ${kinds.join()} ${states.join()} header ${header}`
    this.seen.set(`${how}`, (this.seen.get(`${how}`) ?? 0) + 1)
    if (how === 0 && isChain) expect(header, told).toBe(state.new)
    if (how === 0) {
      const { completed, error, abort } = state
      const found = states.map((_, i) =>
        stop < 0 || i < stop ? completed : i > stop ? abort : error,
      )
      expect(kinds[stop], told).not.toBe('hang')
      expect(states, told).toEqual(found)
    } else if (how === 2) {
      expect(header, told).toBe(state.timeout)
      expect(kinds[isChain ? errorIndex : 0], told).toBe('hang')
      if (isChain) expect(states[errorIndex], told).toBe(state.timeout)
    } else expect(header, told).toBe(state.abort)
  }

  private command(by: HostProcess, pool: Buffer[], kind: Kind): Buffer {
    const made = pool.pop()!
    const at = this.codes[kind]
    const words = [1, 0, 0, at % 2 ** 32, Math.floor(at / 2 ** 32), 16, 0]
    const header = commandHeader(command.opcode.startDpu, words.length, state.new)
    by.store(made.address, [header, ...words])
    return made
  }

  private chain(by: HostProcess, pool: Buffer[], parts: readonly Buffer[]): Buffer {
    const made = pool.pop()!
    const words = [parts.length, 0, 0, 0, 0, 0, ...parts.flatMap((part) => [part.handle, 0])]
    by.store(made.address, [commandHeader(command.opcode.chain, words.length, state.new), ...words])
    return made
  }
}

describe('two threads that hammer one queue', () => {
  it('have every command end once, as it should: thousands, in chains, around the ring, some of them bad', () => {
    let submitted = 0
    fc.assert(
      fc.property(acts(140), acts(140), (first, second) => {
        const play = new Play()
        play.run([first, second])
        expect([...play.seen.keys()]).toEqual(['0'])
        submitted += play.submitted
      }),
      { numRuns: 4, endOnFailure: true },
    )
    expect(submitted).toBeGreaterThan(1000)
  })

  it('also when some hang: the oldest times out, the others are aborted or asked to try again', () => {
    const hang: Act = { submit: ['hang'] }
    const inChain: Act = { submit: ['slow', 'fine', 'hang', 'fine'] }
    const at = fc.array(fc.nat(35), { minLength: 1, maxLength: 2 })
    fc.assert(
      fc.property(acts(40), acts(40), at, fc.boolean(), (first, second, places, chained) => {
        const play = new Play()
        const list = first.slice(0, 36)
        for (const place of places) list.splice(place, 0, chained ? inChain : hang)
        play.run([list, second])
        // One that is published behind another is aborted with it.
        expect(play.seen.get('2')).toBeGreaterThanOrEqual(1)
        expect(play.seen.get('2')).toBeLessThanOrEqual(places.length)
      }),
      { numRuns: 4, endOnFailure: true },
    )
  })

  it('come to the same moment when they begin alike', () => {
    const lists = fc.sample(acts(15), { numRuns: 2, seed: 7 })
    const sums = [0, 1].map(() => {
      const play = new Play()
      play.run(lists)
      return play.bed.checksum()
    })
    expect(sums[0]).toBe(sums[1])
  })
})
