import { describe, expect, it } from 'vitest'
import { asyncErrors } from '../device/abi/async-errors.ts'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import { hostQueue } from '../device/abi/host-queue.ts'
import { resolve } from '../device/fact.ts'
import { ucFacts } from '../device/uc-facts.ts'
import { code, ControlBed, HostProcess } from './test-kit/control-bed.ts'
import type { Submitted } from './test-kit/control-bed.ts'

const { state, misc, idle, contextError } = resolve(ucFacts)
const job = (...lines: string[]) => ['START_JOB 0', ...lines, 'END_JOB', 'EOF'].join('\n')
/** A descriptor whose far side is a host address that no process has mapped. */
const away = '\n.align 16\naway:\n  UC_DMA_BD 0x1F, 0, @word, 1, 1, 0\nword:\n  .long 7\n'

/** What a program leaves behind when its context was in error. */
function outcome(process: HostProcess, submitted: Submitted) {
  const health = process.health(submitted)
  const record = process.stack.driver.inspectLastError()!
  return {
    ...health,
    number: record.code % 2 ** 16,
    extra: record.extra,
    uc0: health.ucs[0],
  }
}

/** Runs control code in a context of all columns until the driver has ended its command. */
function hang(source: string) {
  const process = new ControlBed().boot()
  const submitted = process.submit(process.hwctx(), code(source))
  expect(process.wait(submitted)).toBe('timeout')
  return { process, submitted, ...outcome(process, submitted) }
}

describe('an operation that never ends', () => {
  it.each([
    [
      'a poll whose register never changes is a control code hang',
      job('NOP', 'POLL_32 0x18000, 5'),
      { state: state.controlCodeHang, misc: misc.controlCodeHang, offset: 16 + 8 + 4 },
    ],
    [
      'a masked poll is one too',
      job('MASK_POLL_32 0x18000, 0xFF, 5'),
      { state: state.controlCodeHang, misc: misc.controlCodeHang, offset: 16 + 8 },
    ],
    [
      'so is a wait for tokens that do not come',
      job('WAIT_TCTS TILE_0_0, SHIM_S2MM_0, 1'),
      { state: state.controlCodeHang, misc: misc.controlCodeHang, offset: 16 + 8 },
    ],
    [
      'and a lock request that is not granted',
      // Lock 5 of the shim: release by 0, then wait until it is 1.
      job('REL_ACQ_SYNC 0x15400, 0x15604'),
      { state: state.controlCodeHang, misc: misc.controlCodeHang, offset: 16 + 8 },
    ],
    [
      'a local barrier that lacks a partner is a barrier hang',
      job('LOCAL_BARRIER $lb3, 2'),
      { state: state.barrierHang, misc: misc.controlCodeHang, offset: 16 + 8 },
    ],
    [
      'a chain of the uC-DMA that another operation waits for is an asynchronous hang towards memory',
      job('UC_DMA_WRITE_DES $r0, @away', 'WAIT_UC_DMA $r0') + away,
      { state: state.asyncDm2mmHang, misc: misc.asyncDm2mmHang, offset: 16 + 8 + 8 },
    ],
    [
      'so is one that nobody waits for, once the page is over',
      job('UC_DMA_WRITE_DES $r0, @away') + away,
      { state: state.asyncDm2mmHang, misc: misc.asyncDm2mmHang, offset: 0 },
    ],
    [
      'a chain that its own operation waits for is a synchronous hang towards memory',
      job('UC_DMA_WRITE_DES_SYNC @away') + away,
      { state: state.syncDm2mmHang, misc: misc.syncDm2mmHang, offset: 16 + 8 },
    ],
  ])('%s', (_, source, expected) => {
    const all = hang(source)
    expect(all).toMatchObject({
      version: 1,
      generation: 1,
      state: asyncErrors.contextInError,
      errorType: contextError.ucCritical,
      number: asyncErrors.contextNumber.other,
    })
    expect(all.ucs).toHaveLength(6)
    expect(all.uc0).toMatchObject({ uc: 0, page: 0, ...expected })
    // The other five have done nothing and wait for work.
    for (const uc of all.ucs.slice(1)) {
      expect(uc).toMatchObject({ state: state.eventLoop, misc: 0 })
      expect(uc.idle & idle.idle).toBe(idle.idle)
    }
  })

  it('is found after the time-out, and the context works again behind it', () => {
    const { process, submitted } = hang(job('POLL_32 0x18000, 5'))
    const { sim, facts } = process.stack
    const timeout = resolve(ucFacts.timeoutUs) * facts.ticksPerMicrosecond
    expect(sim.schedule.now).toBeGreaterThan(timeout)
    expect(sim.schedule.now).toBeLessThan(1.1 * timeout)
    const again = process.submit(submitted.context, code(job('WRITE_32 0x18000, 5')))
    expect(process.wait(again)).toBe('completed')
    expect(process.stack.array.peek32(0x18000)).toBe(5)
  })

  it('costs few steps, however long it lasts', () => {
    const { process } = hang(job('POLL_32 0x18000, 5'))
    expect(process.stack.cert.stepCount(0)).toBeLessThan(1_000_000)
  })
})

describe('several uCs', () => {
  const share = (uc: number, ...lines: string[]) => `.attach_to_group ${uc}\n${job(...lines)}\n`

  it('say of each which one hangs where, and who has not come', () => {
    const { ucs, process } = hang(
      share(0, 'REMOTE_BARRIER $rb0, 0x15') +
        share(2, 'REMOTE_BARRIER $rb0, 0x15') +
        share(4, 'POLL_32 0x4018000, 1', 'REMOTE_BARRIER $rb0, 0x15'),
    )
    const at = { page: 0, offset: 24 }
    expect(ucs[0]).toMatchObject({ state: state.barrierHang, misc: misc.controlCodeHang, ...at })
    expect(ucs[2]).toMatchObject({ state: state.barrierHang, misc: misc.controlCodeHang, ...at })
    expect(ucs[4]).toMatchObject({
      state: state.controlCodeHang,
      misc: misc.controlCodeHang,
      ...at,
    })
    expect(ucs[1]!.state).toBe(state.eventLoop)
    expect(process.stack.driver.inspectContexts()[0]).toMatchObject({ errors: 1, state: 'idle' })
  })

  it('say what a worker does that is done while another hangs', () => {
    const { ucs } = hang(share(0, 'POLL_32 0x18000, 1') + share(2, 'NOP'))
    expect(ucs[2]).toMatchObject({ state: state.workerAfter, misc: 0 })
  })
})

describe('memory that is not there', () => {
  /** A process whose command at `buffer` runs code whose first page is at `at`. */
  function withCode(first: readonly string[], pages: number) {
    const process = new ControlBed().boot()
    const context = process.hwctx()
    const artifact = code(first.join('\n'))
    expect(artifact.ucs[0]!.pages.length).toBe(8192 * pages)
    return { process, context, artifact }
  }

  it('under the first page of the code is a synchronous hang from memory', () => {
    const { process, context, artifact } = withCode([job('NOP')], 1)
    const submitted = process.exec(context, process.commandFor(artifact, 0x1f_0000_0000))
    expect(process.wait(submitted)).toBe('timeout')
    expect(outcome(process, submitted).uc0).toMatchObject({
      state: state.syncMm2dmHang,
      misc: misc.syncMm2dmHang,
      page: 0,
      offset: 0,
    })
  })

  it('under a page that is fetched ahead is an asynchronous hang from memory', () => {
    const two = ['START_JOB 0', 'NOP', 'END_JOB', '.eop', 'START_JOB 1', 'NOP', 'END_JOB', 'EOF']
    const { process, context, artifact } = withCode(two, 2)
    const buffer = process.commandFor(artifact, 0)
    // Addresses go down: the buffer made first lies behind the code, and then it is taken away.
    const behind = process.buffer(8192)
    const { address } = process.buffer(8192)
    expect(behind.address).toBe(address + 8192)
    process.stack.driver.munmap(0, process.file, behind.address)
    expect(process.finish()).toBe(0)
    const { pages } = artifact.ucs[0]!
    const view = new DataView(pages.buffer, pages.byteOffset)
    for (let i = 0; i < 8192; i += 4) process.store(address + i, [view.getUint32(i, true)])
    process.store(buffer.address + 16, [address % 2 ** 32, Math.floor(address / 2 ** 32)])
    const submitted = process.exec(context, buffer)
    expect(process.wait(submitted)).toBe('timeout')
    expect(outcome(process, submitted).uc0).toMatchObject({
      state: state.asyncMm2dmHang,
      misc: misc.asyncMm2dmHang,
      page: 1,
    })
  })

  it('under the completion word is a hang of the write that tells the host', () => {
    const { process, context, artifact } = withCode([job('SLEEP 5')], 1)
    const submitted = process.submit(context, artifact)
    const { driver } = process.stack
    // An unmap would wait for the command; memory that becomes read-only does not.
    expect(driver.memory.protect(process.file, submitted.address, false)).toBe(true)
    process.startWait(submitted)
    expect(process.finish()).toBe(0)
    expect(driver.inspectLastError()!.code % 2 ** 16).toBe(asyncErrors.contextNumber.other)
    // The kernel may write where the process and the device may not.
    expect(process.state(submitted)).toBe('timeout')
    expect(process.health(submitted).ucs[0]).toMatchObject({
      state: state.atomicDm2mmHang,
      misc: misc.syncDm2mmHang | misc.unrecoverable,
    })
  })

  it('under the queue is an exception of the firmware, with the address', () => {
    const process = new ControlBed().boot()
    const { handle, queue } = process.context(12)
    const artifact = code(job('NOP'))
    const buffer = process.commandFor(artifact, process.place(artifact))
    process.stack.driver.munmap(0, process.file, queue.address)
    expect(process.finish()).toBe(0)
    const submitted = process.exec(handle, buffer)
    expect(process.wait(submitted)).toBe('timeout')
    const { uc0, errorType } = outcome(process, submitted)
    expect(errorType).toBe(contextError.ucCritical)
    expect(uc0).toMatchObject({
      state: state.exception,
      misc: misc.exception,
      exceptionAddress: queue.address % 2 ** 32,
    })
    expect(uc0!.exceptionStatus).not.toBe(0)
  })
})

describe('an address without a tile', () => {
  it.each([
    ['written by an operation', job('WRITE_32 0x18000, 1', 'WRITE_32 0xC000000, 1')],
    ['read by a poll', job('POLL_32 0xC000000, 1')],
    [
      'written by the uC-DMA',
      `${job('UC_DMA_WRITE_DES_SYNC @off')}\n.align 16\noff:\n  UC_DMA_BD 0, 0xC000000, @w, 1, 0, 0\nw:\n  .long 1\n`,
    ],
  ])('%s ends the context by a bare note: no health, only the record', (_, source) => {
    const { process, submitted, ...all } = hang(source)
    expect(all).toMatchObject({ version: 1, generation: 1, state: 0, errorType: 0, ucs: [] })
    expect(all.number).toBe(asyncErrors.contextNumber.other)
    const fault = process.stack.sim.faults.list().at(-1)!
    expect(fault.detail >>> 0).toBe(0xc00_0000)
    const again = process.submit(submitted.context, code(job('NOP')))
    expect(process.wait(again)).toBe('completed')
  })

  it('leaves the uC in the state of an AXI error until the context is ended', () => {
    const process = new ControlBed().boot()
    process.submit(process.hwctx(), code(job('NOP', 'WRITE_32 0xC000000, 1')))
    const { cert, sim } = process.stack
    const seen = new Set<string>()
    for (let i = 0; i < 5000 && sim.schedule.runOne(Infinity); i++) {
      seen.add(`${cert.inspect(0).stateName} at ${cert.inspect(0).health.offset}`)
    }
    expect([...seen]).toContain('axi error at 28')
  })
})

describe('a queue whose indices contradict each other', () => {
  it('is a critical error of the uC that reads it', () => {
    const process = new ControlBed().boot()
    const { handle, queue } = process.context(12)
    const artifact = code(job('SLEEP 500'))
    // The process writes into its own queue while the first command runs: more packets than the queue holds.
    expect(process.wait(process.submit(handle, artifact))).toBe('completed')
    const first = process.submit(handle, artifact)
    const second = process.submit(handle, artifact)
    process.stack.run(100_000)
    expect(process.state(first)).toBe('new')
    process.store(queue.address + hostQueue.writeIndex, [1000, 0])
    expect(process.wait(second)).toBe('timeout')
    expect(process.state(first)).toBe('completed')
    expect(outcome(process, second).uc0).toMatchObject({
      state: state.hsaCritical,
      misc: misc.unrecoverable,
    })
  })
})

describe('jobs of a context in error', () => {
  it('end as one that timed out and others that were aborted; new ones work', () => {
    const process = new ControlBed().boot()
    const context = process.hwctx()
    const jobs = [job('POLL_32 0x18000, 9'), job('NOP'), job('NOP')].map((source) =>
      process.submit(context, code(source)),
    )
    expect(process.wait(jobs[2]!)).toBe('abort')
    expect(jobs.map((j) => process.state(j))).toEqual(['timeout', 'abort', 'abort'])
    expect(process.wait(process.submit(context, code(job('NOP'))))).toBe('completed')
    expect(process.stack.driver.inspectLastError()!.code % 2 ** 16).toBe(14)
    const health = process.health(jobs[0]!)
    expect([health.version, health.generation]).toEqual([1, 1])
  })

  it('of a chain name the command that hung', () => {
    const process = new ControlBed().boot()
    const parts = [job('NOP'), job('POLL_32 0x18000, 9'), job('NOP')].map(code)
    const [chain, ...commands] = process.submitChain(process.hwctx(), parts)
    expect(process.wait(chain!)).toBe('timeout')
    expect(commands.map((c) => process.state(c))).toEqual(['completed', 'timeout', 'abort'])
    const errorIndex = process.load(chain!.address + 4 + 8)
    expect(errorIndex).toBe(1)
    expect(process.health(commands[1]!).ucs[0]).toMatchObject({ state: state.controlCodeHang })
  })

  it.each([
    ['says that it has 4,294,967,295 of them', [0xffff_ffff]],
    ['has none', [0]],
  ])('of a chain that meanwhile %s end all the same', (_, words) => {
    const process = new ControlBed().boot()
    const parts = [job('POLL_32 0x18000, 9'), job('NOP')].map(code)
    const [chain, ...commands] = process.submitChain(process.hwctx(), parts)
    process.store(chain!.address + 4, words)
    expect(process.wait(chain!)).toBe('timeout')
    expect(commands.map((c) => process.state(c))).toEqual(['new', 'new'])
  })

  it('of a chain that meanwhile names memory of the process leave that alone', () => {
    const process = new ControlBed().boot()
    const { memory } = process.stack.driver
    const [own, table] = [memory.allot(process.file, 4096), memory.allot(process.file, 4096)]
    process.store(own, [77])
    process.store(table, [-1, 1, own % 2 ** 32, Math.floor(own / 2 ** 32), 4096, 0])
    const { handle, result } = process.create(argument.boType.share, 4096, table)
    expect(result).toBe(0)
    const [chain] = process.submitChain(process.hwctx(), [code(job('POLL_32 0x18000, 9'))])
    process.store(chain!.address + 4 + 24, [handle])
    expect(process.wait(chain!)).toBe('timeout')
    expect(process.load(own)).toBe(77)
  })

  it('of another context go on', () => {
    const process = new ControlBed().boot()
    const [a, b] = [process.hwctx(4), process.hwctx(4)]
    const stuck = process.submit(a, code(job('POLL_32 0x18000, 9')))
    const fine = process.submit(b, code(job('SLEEP 3000')))
    expect(process.wait(fine)).toBe('completed')
    expect(process.wait(stuck)).toBe('timeout')
    expect(process.wait(process.submit(b, code(job('NOP'))))).toBe('completed')
    expect(process.stack.driver.inspectContexts().map((c) => c.errors)).toEqual([1, 0])
  })
})

describe('a context that is being made again', () => {
  /** A process whose command hangs, up to the moment at which the driver begins to make its context again. */
  function failing(commands = 1) {
    const process = new ControlBed().boot()
    const context = process.hwctx()
    const sources = Array.from({ length: commands }, (_, i) =>
      i === 0 ? job('POLL_32 0x18000, 5') : job('NOP'),
    )
    const submitted = sources.map((source) => process.submit(context, code(source)))
    const { sim, facts, driver } = process.stack
    const timeout = resolve(ucFacts.timeoutUs) * facts.ticksPerMicrosecond
    const isFailing = () => driver.inspectContexts()[0]!.state === 'recovering'
    return {
      process,
      submitted,
      untilFailure: () => {
        // Close to the time-out, then step by step.
        process.stack.run(timeout - 1_000_000)
        while (!isFailing() && sim.schedule.runOne(Infinity));
      },
    }
  }

  const execFields = ({ context, handle }: Submitted) =>
    [
      [argument.execCmd.hwctx, context],
      [argument.execCmd.commandHandle, handle],
      [argument.execCmd.commandCount, 1],
    ] as const

  it('holds a submission back until it is there', () => {
    const { process, submitted, untilFailure } = failing()
    untilFailure()
    const next = process.commandFor(code(job('NOP')), process.place(code(job('NOP'))))
    expect(process.stack.driver.inspectContexts()[0]!.state).toBe('recovering')
    const again = { ...submitted[0]!, ...next }
    expect(process.ioctl(ioctls.execCmd, execFields(again))).toBe(0)
    expect(process.wait({ ...again, seq: process.arg64(argument.execCmd.seq) })).toBe('completed')
    expect(process.state(submitted[0]!)).toBe('timeout')
  })

  it('tells a submission that waits for room to try again', () => {
    const { process, submitted, untilFailure } = failing(hostQueue.capacity)
    const other = new HostProcess(process.stack, 1)
    other.file = process.file
    other.start(ioctls.execCmd, execFields(submitted[1]!))
    untilFailure()
    expect(other.finish()).toBe(-errno.EAGAIN)
    expect(other.reason).toContain('is being made again')
    expect(process.wait(submitted[31]!)).toBe('abort')
    expect(other.ioctl(ioctls.execCmd, execFields(submitted[1]!))).toBe(0)
  })

  it('answers EAGAIN to who comes to wait, and 0 to who waited already', () => {
    const { process, submitted, untilFailure } = failing(2)
    const early = new HostProcess(process.stack, 1)
    early.file = process.file
    early.startWait(submitted[1]!)
    untilFailure()
    process.startWait(submitted[0]!)
    expect(process.finish()).toBe(-errno.EAGAIN)
    expect(process.reason).toContain('is being made again')
    expect(early.finish()).toBe(0)
    expect(process.wait(submitted[0]!)).toBe('timeout')
    expect(process.state(submitted[1]!)).toBe('abort')
  })

  it('lets the process that goes away wait for it', () => {
    const { process, untilFailure } = failing()
    untilFailure()
    expect(process.close()).toBe(0)
    expect(process.stack.driver.inspectContexts()).toEqual([])
    process.stack.run(1_000_000)
    expect(process.stack.management.contexts.inspectContexts()).toEqual([])
    process.opened()
    expect(process.wait(process.submit(process.hwctx(), code(job('NOP'))))).toBe('completed')
  })
})

describe('errors that are no hangs', () => {
  it('an unknown opcode ends its command as an error and leaves the context alone', () => {
    const process = new ControlBed().boot()
    const artifact = code(job('NOP'))
    artifact.ucs[0]!.pages[16 + 8] = 0x0a
    const submitted = process.submit(process.hwctx(), artifact)
    expect(process.wait(submitted)).toBe('error')
    expect(process.load(submitted.address) >>> 4).toBe(resolve(ucFacts.error).invalidOpcode)
    expect(process.stack.driver.inspectLastError()).toBe(undefined)
    expect(process.stack.driver.inspectContexts()[0]!.errors).toBe(0)
  })
})
