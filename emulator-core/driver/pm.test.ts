/** Sleep, wake-up and reset through the calls of processes: what is kept, what ends, what each kind of function does. */
import { describe, expect, it } from 'vitest'
import { command, commandHeader } from '../device/abi/command.ts'
import { argument, errno, ioctls } from '../device/abi/ioctl.ts'
import { power } from '../device/abi/power.ts'
import { functionOfVf } from '../device/functions.ts'
import { Manner } from '../soc/smu.ts'
import { completeAll } from './test-kit/fake-ucs.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'
import type { HostStackOptions } from './test-kit/host-stack.ts'

const second = 1_000_000

function booted(options: HostStackOptions = {}): Process {
  const process = new Process(createHostStack(options), 0)
  expect(process.boot()).toBe(0)
  expect(process.open()).toBe(0)
  return process
}

/** Lets so many microseconds pass. */
function pass(p: Process, us: number): void {
  const { sim, facts } = p.stack
  sim.schedule.runUntil(sim.schedule.now + us * facts.ticksPerMicrosecond)
}

function exec(p: Process, hwctx: number, bo: { handle: number; address: number }): number {
  const words = [1, 0, 0, 0x1000, 0, 16, 0]
  const header = commandHeader(command.opcode.startDpu, words.length, command.state.new)
  p.store(bo.address, [header, ...words])
  const at = argument.execCmd
  return p.ioctl(ioctls.execCmd, [
    [at.hwctx, hwctx],
    [at.commandHandle, bo.handle],
    [at.commandCount, 1],
  ])
}

function wait(p: Process, hwctx: number, seq: number): number {
  const at = argument.waitCmd
  return p.ioctl(ioctls.waitCmd, [
    [at.hwctx, hwctx],
    [at.seq, seq],
  ])
}

function sleep(p: Process, runtime = false): number {
  p.stack.driver.suspend(p.thread, runtime)
  return p.finish()
}

function wake(p: Process): number {
  p.stack.driver.resume(p.thread)
  return p.finish()
}

const stateOf = (p: Process, address: number): number => p.load(address) & 15

/** Titles of the steps of one sequence, of one function. */
function titles(p: Process, sequence: string, device = 0): readonly string[] {
  const steps = p.stack.driver.inspectBoot()
  return steps.filter((s) => s.sequence === sequence && s.device === device).map((s) => s.title)
}

function reset(p: Process, vf?: number): number {
  p.stack.driver.flr(p.thread, vf)
  return p.finish()
}

function setState(p: Process, param: number, value: number): number {
  const at = p.stack.driver.memory.privateAddress[p.file]
  p.store(at, [value, 0])
  return p.ioctl(ioctls.setState, [
    [argument.setState.param, param],
    [argument.setState.bufferSize, power.stateBytes],
    [argument.setState.buffer, at],
  ])
}

const slow = { ...completeAll, serviceTicks: 1_000_000 }
const never = { ...completeAll, serviceTicks: Infinity }

const upAgain = [
  'wait until the firmware is valid',
  'check the mailbox protocol',
  'open the mailbox',
  'IDENTIFY',
  'QUERY_CERT_FIRMWARE_VERSION',
]

describe('a sleep of the system', () => {
  it('takes everything down in order and brings it back in order', () => {
    const p = booted()
    expect([sleep(p), wake(p)]).toEqual([0, 0])
    expect(titles(p, 'suspend')).toEqual([
      'take the contexts down',
      'DESTROY_PARTITION',
      'SUSPEND',
      'drop the mailbox',
      'PSP: release the images',
      'SMU: power off',
      'free the report buffers',
    ])
    expect(titles(p, 'resume')).toEqual([
      'SMU: power off',
      'SMU: power on',
      'PSP: validate the npu image',
      'PSP: validate the cert image',
      'PSP: start the controller',
      ...upAgain,
      'CALIBRATE_CLOCK',
      'ATTACH_WORK_BUFFER',
      'SET_RUNTIME_CONFIG',
      'AIE_VERSION_INFO',
      'AIE_TILE_INFO',
      'GET_DPM_FREQ_TABLE',
      'CREATE_PARTITION',
      'register a report buffer per column',
      'START_FW_LOG',
      'make the contexts again',
    ])
  })

  it('keeps the queue and finishes the job that it caught, behind the resume', () => {
    const p = booted({ ucs: slow })
    const { driver, firmware, soc } = p.stack
    const { handle, queue } = p.context(4)
    const bo = p.buffer(4096)
    const pages = soc.dram.reservedPages
    expect(exec(p, handle, bo)).toBe(0)
    expect(sleep(p)).toBe(0)
    expect(driver.isSuspended()).toBe(true)
    expect(firmware.contexts.inspectContexts()).toEqual([])
    expect(firmware.contexts.inspectPartitions()).toEqual([])
    expect(firmware.inspect()).toMatchObject({
      alive: false,
      asyncBuffers: 0,
      workBuffer: undefined,
    })
    expect([p.load(queue.address), p.load(queue.address + 64)]).toEqual([0, 1])
    expect(wake(p)).toBe(0)
    expect(driver.isSuspended()).toBe(false)
    expect(firmware.inspect().workBuffer?.bytes).toBe(4 << 20)
    expect(soc.dram.reservedPages).toBe(pages)
    expect(wait(p, handle, 0)).toBe(0)
    expect(stateOf(p, bo.address)).toBe(command.state.completed)
    expect([p.load(queue.address), p.load(queue.address + 64)]).toEqual([1, 1])
  })

  it('lets a wait try again, refuses what needs the firmware, and lets a file close', () => {
    const p = booted({ ucs: never })
    const { handle } = p.context(4)
    const other = new Process(p.stack, 1)
    other.file = p.file
    const at = argument.waitCmd
    const bo = p.buffer(4096)
    expect(exec(p, handle, bo)).toBe(0)
    other.start(ioctls.waitCmd, [[at.hwctx, handle]])
    expect(sleep(p)).toBe(0)
    expect(other.finish()).toBe(-errno.EAGAIN)
    expect(wait(p, handle, 0)).toBe(-errno.EAGAIN)
    expect(exec(p, handle, bo)).toBe(-errno.ENODEV)
    expect(p.reason).toBe('The system sleeps: the mailbox is closed until it resumes.')
    expect(p.context(4).result).toBe(-errno.ENODEV)
    expect(reset(p)).toBe(-errno.ENODEV)
    expect(p.create(argument.boType.share, 4096).result).toBe(0)
    expect(sleep(p), 'it sleeps already').toBe(0)
    expect(p.close()).toBe(0)
    expect([wake(p), p.open()]).toEqual([0, 0])
    expect(p.context(4).result).toBe(0)
  })

  it('tells the firmware the power mode and the forced preemption again', () => {
    const p = booted()
    const { firmware } = p.stack
    expect(setState(p, power.setState.powerMode, 4)).toBe(0)
    expect(setState(p, power.setState.forcePreempt, 1)).toBe(0)
    expect(sleep(p)).toBe(0)
    expect(firmware.inspect().powerMode).toBe(0)
    expect(wake(p)).toBe(0)
    expect(firmware.inspect().powerMode).toBe(4)
    const again = titles(p, 'resume').filter(
      (t) => t === 'POWER_OVERRIDE' || t === 'SET_RUNTIME_CONFIG',
    )
    expect(again).toEqual(['POWER_OVERRIDE', 'SET_RUNTIME_CONFIG', 'SET_RUNTIME_CONFIG'])
  })

  it('tells a context of its device heap again', () => {
    const p = booted({ profile: 'npu4' })
    const { driver, soc } = p.stack
    const at = driver.memory.setAside(p.file, 512 << 20, 64 << 20)
    p.chunk(at, 64 << 20)
    expect(p.context(4).result).toBe(0)
    const { handle, result } = p.create(argument.boType.dev, 4096)
    expect(result).toBe(0)
    const { device } = p.info(handle)
    const reads = (): boolean => soc.memory.read32(1, device) === 0
    expect(reads()).toBe(true)
    expect([sleep(p), wake(p)]).toEqual([0, 0])
    expect(reads()).toBe(true)
  })

  it('that cannot end leaves the device offline: contexts are lost, jobs aborted, calls refused', () => {
    const p = booted({ ucs: never })
    const { handle } = p.context(4)
    const bo = p.buffer(4096)
    expect(exec(p, handle, bo)).toBe(0)
    expect(sleep(p)).toBe(0)
    p.stack.soc.psp.behave(Manner.silent)
    expect(wake(p)).toBe(-errno.ETIMEDOUT)
    expect(p.reason).toContain('The PSP was not ready')
    expect(stateOf(p, bo.address)).toBe(command.state.abort)
    expect(wait(p, handle, 0)).toBe(-errno.ENODEV)
    expect(exec(p, handle, bo)).toBe(-errno.ENODEV)
    expect(wake(p)).toBe(-errno.ENODEV)
    expect(p.stack.driver.inspectPower()[0]!.state).toBe('offline')
    expect(p.close()).toBe(0)
    expect(p.open()).toBe(-errno.ENODEV)
    p.stack.soc.psp.behave(Manner.works)
    expect([p.boot(), p.open(), p.context(4).result]).toEqual([0, 0, 0])
  })
})

describe('a device that nobody needs', () => {
  it('falls asleep after five seconds and is woken by the next command', () => {
    const p = booted()
    const { driver } = p.stack
    const { handle } = p.context(4)
    const bo = p.buffer(4096)
    expect(exec(p, handle, bo)).toBe(0)
    expect(wait(p, handle, 0)).toBe(0)
    pass(p, 4.9 * second)
    expect(driver.isSuspended()).toBe(false)
    expect(driver.inspectPower()[0]!.autosuspend).toBeGreaterThan(p.stack.sim.schedule.now)
    pass(p, 0.3 * second)
    expect(driver.isSuspended()).toBe(true)
    expect(exec(p, handle, bo)).toBe(0)
    expect(driver.isSuspended()).toBe(false)
    expect(wait(p, handle, 1)).toBe(0)
  })

  it('stays awake for a job under way and for a context in user mode', () => {
    const busy = booted({ ucs: never })
    const { handle } = busy.context(4)
    expect(exec(busy, handle, busy.buffer(4096))).toBe(0)
    pass(busy, 20 * second)
    expect(busy.stack.driver.isSuspended()).toBe(false)
    const p = booted()
    p.stack.driver.switchSubmission(0, true)
    p.finish()
    expect(p.context(4).result).toBe(0)
    pass(p, 20 * second)
    expect(p.stack.driver.isSuspended()).toBe(false)
  })

  it('stays asleep for calls that need no firmware, and wakes for each of those that do', () => {
    const p = booted()
    const { driver } = p.stack
    const { handle } = p.context(4)
    const bo = p.buffer(4096)
    const asleep = (): boolean => driver.isSuspended()
    expect([sleep(p, true), asleep()]).toEqual([0, true])
    expect([sleep(p, true), asleep()]).toEqual([0, true])
    expect([p.create(argument.boType.share, 4096).result, asleep()]).toEqual([0, true])
    for (const call of [
      () => exec(p, handle, bo),
      () => wait(p, handle, 0),
      () => p.context(4).result,
      () => setState(p, power.setState.powerMode, 1),
      () => p.ioctl(ioctls.destroyHwctx, [[argument.destroyHwctx.handle, handle]]),
      () => wake(p),
      () => p.close(),
    ]) {
      if (!asleep()) expect(sleep(p, true)).toBe(0)
      expect([asleep(), call(), asleep()]).toEqual([true, 0, false])
    }
  })

  it('may be put to sleep with a job under way; a wait for it wakes the device', () => {
    const p = booted({ ucs: slow })
    const { handle } = p.context(4)
    const bo = p.buffer(4096)
    expect(exec(p, handle, bo)).toBe(0)
    expect(sleep(p, true)).toBe(0)
    pass(p, second)
    expect(wait(p, handle, 0)).toBe(0)
    expect(stateOf(p, bo.address)).toBe(command.state.completed)
  })

  it('wakes once for calls of several threads at the same time', () => {
    const p = booted()
    const { handle } = p.context(4)
    expect(sleep(p, true)).toBe(0)
    const bos = [p.buffer(4096), p.buffer(4096), p.buffer(4096)]
    const threads = bos.map((_, i) => new Process(p.stack, i))
    threads.forEach((t, i) => {
      t.file = p.file
      const words = [1, 0, 0, 0x1000, 0, 16, 0]
      const head = commandHeader(command.opcode.startDpu, words.length, command.state.new)
      t.store(bos[i]!.address, [head, ...words])
      const at = argument.execCmd
      t.start(ioctls.execCmd, [
        [at.hwctx, handle],
        [at.commandHandle, bos[i]!.handle],
        [at.commandCount, 1],
      ])
    })
    expect(threads.map((t) => t.finish())).toEqual([0, 0, 0])
    expect(wait(p, handle, 2)).toBe(0)
    expect(titles(p, 'resume').filter((t) => t === 'SMU: power on')).toHaveLength(1)
  })
})

describe('a function level reset', () => {
  it('tells the firmware nothing, does not load it, and makes everything again', () => {
    const p = booted()
    expect(p.context(4).result).toBe(0)
    expect(reset(p)).toBe(0)
    expect(titles(p, 'flr')).toEqual([
      'take the contexts down',
      'drop the mailbox',
      'free the report buffers',
      'clear the valid word and reset the function',
      ...upAgain,
      'CALIBRATE_CLOCK',
      'ATTACH_WORK_BUFFER',
      'SET_RUNTIME_CONFIG',
      'AIE_VERSION_INFO',
      'AIE_TILE_INFO',
      'GET_DPM_FREQ_TABLE',
      'CREATE_PARTITION',
      'register a report buffer per column',
      'START_FW_LOG',
      'end the jobs under way',
      'make the contexts again',
    ])
    expect(p.stack.firmware.contexts.inspectContexts()).toHaveLength(1)
  })

  it('ends the jobs under way and keeps the context', () => {
    const p = booted({ ucs: slow })
    const { handle, queue } = p.context(4)
    const bo = p.buffer(4096)
    expect(exec(p, handle, bo)).toBe(0)
    expect(reset(p)).toBe(0)
    expect(wait(p, handle, 0)).toBe(0)
    expect(stateOf(p, bo.address)).toBe(command.state.abort)
    expect([p.load(queue.address), p.load(queue.address + 64)]).toEqual([1, 1])
    expect(exec(p, handle, bo)).toBe(0)
    expect(wait(p, handle, 1)).toBe(0)
    expect(stateOf(p, bo.address)).toBe(command.state.completed)
  })

  it('tells who waits for a free slot to try again, where a sleep lets it wait on', () => {
    for (const resets of [true, false]) {
      const p = booted({ ucs: { ...completeAll, serviceTicks: 10_000_000 } })
      const { handle } = p.context(4)
      const bos = Array.from({ length: 33 }, () => p.buffer(4096))
      for (const bo of bos.slice(1)) expect(exec(p, handle, bo)).toBe(0)
      const other = new Process(p.stack, 1)
      other.file = p.file
      other.store(bos[0]!.address, [commandHeader(18, 7, 1), 1, 0, 0, 0x1000, 0, 16, 0])
      const at = argument.execCmd
      other.start(ioctls.execCmd, [
        [at.hwctx, handle],
        [at.commandHandle, bos[0]!.handle],
        [at.commandCount, 1],
      ])
      if (resets) expect(reset(p)).toBe(0)
      else expect([sleep(p), wake(p)]).toEqual([0, 0])
      expect(other.finish()).toBe(resets ? -errno.EAGAIN : 0)
      const last = resets ? 31 : 32
      expect(wait(p, handle, last)).toBe(0)
      const states = bos.slice(1).map((bo) => stateOf(p, bo.address))
      expect(new Set(states)).toEqual(new Set([resets ? 6 : 4]))
    }
  })

  it('of a sleeping device wakes it first', () => {
    const p = booted()
    expect([sleep(p, true), reset(p), p.stack.driver.isSuspended()]).toEqual([0, 0, false])
  })

  it('behind which the firmware is silent leaves the device offline', () => {
    const p = booted()
    const { handle } = p.context(4)
    const bo = p.buffer(4096)
    p.stack.firmware.misbehave(true, false)
    expect(reset(p)).toBe(-errno.ETIMEDOUT)
    expect(exec(p, handle, bo)).toBe(-errno.ENODEV)
    expect(titles(p, 'flr')).not.toContain('SMU: power off')
    const last = p.stack.driver.inspectBoot().at(-1)!
    expect(last.log).toContain('flr failed with error -110; the device stays offline.')
  })
})

describe('a PF and its VFs', () => {
  function guests(): { host: Process; guest: Process[] } {
    const host = new Process(createHostStack({ switches: { function: 'pf' }, ucs: slow }), 0)
    expect(host.boot()).toBe(0)
    const { driver } = host.stack
    driver.setVfs(0, 2)
    expect(host.finish()).toBe(0)
    const guest = [0, 1].map((vf) => {
      const p = new Process(host.stack, vf + 1)
      driver.open(p.thread, 0, functionOfVf(vf))
      expect(p.finish()).toBe(0)
      p.file = driver.value(p.thread)
      return p
    })
    return { host, guest }
  }
  const sleepVf = (p: Process, vf: number): number => {
    p.stack.driver.suspend(p.thread, true, vf)
    return p.finish()
  }

  it('sleep in this order: the PF not while a VF is awake or given to a VM', () => {
    const { host, guest } = guests()
    const { driver } = host.stack
    expect(sleep(host, true)).toBe(-errno.EBUSY)
    expect(host.reason).toBe('VF 0 is awake or given to a VM, and it needs the PF.')
    expect([sleepVf(host, 0), sleepVf(host, 1)]).toEqual([0, 0])
    driver.assignVfs(0, [1])
    expect(host.finish()).toBe(0)
    expect(sleep(host, true)).toBe(-errno.EBUSY)
    driver.assignVfs(0, [])
    expect(host.finish()).toBe(0)
    expect(sleep(host, true)).toBe(0)
    expect(titles(host, 'suspend', 1)).toEqual([
      'take the contexts down',
      'DESTROY_PARTITION',
      'drop the mailbox',
      'free the report buffers',
    ])
    expect(titles(host, 'suspend', 0)).toEqual([
      'SUSPEND',
      'drop the mailbox',
      'PSP: release the images',
      'SMU: power off',
    ])
    // What VF 1 needs wakes the PF, which makes its VFs again, and then the VF.
    expect(guest[1]!.context(4).result).toBe(0)
    expect(titles(host, 'resume', 0).at(-1)).toBe('CREATE_VFS')
    expect([0, 1, 2].map((fn) => driver.isSuspended(fn))).toEqual([false, true, false])
    expect(titles(host, 'resume', 2)).toEqual([
      ...upAgain,
      'AIE_VERSION_INFO',
      'AIE_TILE_INFO',
      'GET_DPM_FREQ_TABLE',
      'CREATE_PARTITION',
      'register a report buffer per column',
      'make the contexts again',
    ])
  })

  it('go down together when the system sleeps, and come back with their jobs', () => {
    const { host, guest } = guests()
    const [a, b] = guest.map((p) => ({ p, handle: p.context(4).handle, bo: p.buffer(4096) }))
    expect([exec(a!.p, a!.handle, a!.bo), exec(b!.p, b!.handle, b!.bo)]).toEqual([0, 0])
    expect([sleep(host), wake(host)]).toEqual([0, 0])
    expect(titles(host, 'suspend', 1)).not.toContain('DESTROY_PARTITION')
    for (const { p, handle, bo } of [a!, b!]) {
      expect(wait(p, handle, 0)).toBe(0)
      expect(stateOf(p, bo.address)).toBe(command.state.completed)
    }
  })

  it('fall asleep by themselves, the PF five seconds behind the last VF', () => {
    const { host } = guests()
    const { driver } = host.stack
    pass(host, 5.5 * second)
    expect([0, 1, 2].map((fn) => driver.isSuspended(fn))).toEqual([false, true, true])
    pass(host, 5 * second)
    expect(driver.isSuspended(0)).toBe(true)
  })

  it('are reset alone or, through the PF, together', () => {
    const { host, guest } = guests()
    const [a, b] = guest.map((p) => ({ p, handle: p.context(4).handle, bo: p.buffer(4096) }))
    expect([exec(a!.p, a!.handle, a!.bo), exec(b!.p, b!.handle, b!.bo)]).toEqual([0, 0])
    expect(reset(host, 0)).toBe(0)
    expect(stateOf(a!.p, a!.bo.address)).toBe(command.state.abort)
    expect(wait(b!.p, b!.handle, 0)).toBe(0)
    expect(stateOf(b!.p, b!.bo.address)).toBe(command.state.completed)
    expect(exec(b!.p, b!.handle, b!.bo)).toBe(0)
    expect(reset(host)).toBe(0)
    expect(stateOf(b!.p, b!.bo.address)).toBe(command.state.abort)
    expect(titles(host, 'flr', 0).at(-1)).toBe('CREATE_VFS')
    for (const { p, handle, bo } of [a!, b!]) {
      expect(exec(p, handle, bo)).toBe(0)
    }
  })

  it('that are gone cannot be woken or reset', () => {
    const { host } = guests()
    host.stack.driver.setVfs(0, 0)
    expect(host.finish()).toBe(0)
    expect(sleepVf(host, 1)).toBe(-errno.ENODEV)
    expect(reset(host, 0)).toBe(-errno.ENODEV)
    expect(sleep(host, true)).toBe(0)
  })
})

describe('a mailbox', () => {
  const tailOf = (p: Process): number => p.stack.facts.mailboxRegister.i2xTail
  /** A response at the end of the ring, as the firmware would put it; the host is interrupted. */
  function respond(p: Process, words: readonly number[], tailPlus: number): void {
    const { soc, facts, sim } = p.stack
    const registers = soc.bars.mailbox
    const tail = registers[tailOf(p) >> 2]!
    words.forEach((word, i) => soc.bars.sram.write32(facts.ring.i2x + tail + 4 * i, word))
    registers[tailOf(p) >> 2] = tail + tailPlus
    soc.interrupts.raise(facts.vectors.management)
    sim.schedule.runUntil(sim.schedule.now + facts.ticks.interrupt)
  }

  it('that is silent for five seconds ends one call with ETIME and all later ones with ENODEV', () => {
    const p = booted()
    const { sim } = p.stack
    p.stack.firmware.misbehave(false, true)
    const before = sim.schedule.now
    expect(p.context(4).result).toBe(-errno.ETIME)
    expect((sim.schedule.now - before) / 1_200_000).toBeGreaterThanOrEqual(5000)
    expect(p.context(4).result).toBe(-errno.ENODEV)
    expect(setState(p, power.setState.powerMode, 1)).toBe(-errno.ENODEV)
  })

  it.each([
    ['an unaligned tail', [8, 8 | (1 << 16), 0x1d00_0000, 0], 2],
    ['a tail outside the ring', [], 0x4000],
    ['a size of 0', [0, 1 << 16, 0x1d00_0000, 0x10001], 16],
    ['an unaligned size', [6, 6 | (1 << 16), 0x1d00_0000, 0x10001], 24],
    ['a size beyond the tail', [64, 64 | (1 << 16), 0x1d00_0000, 0x10001], 24],
    ['a tombstone before the tail', [0xdead_face], 24],
    ['an id that nobody waits for', [8, 8 | (1 << 16), 0x1d00_0077, 0x10001, 0, 0], 24],
  ])('with %s in its response ring is broken: EPIPE', (_, words, tailPlus) => {
    const p = booted()
    pass(p, 100)
    respond(p, words, tailPlus)
    expect(p.context(4).result).toBe(-errno.EPIPE)
    expect([sleep(p), wake(p)], 'power makes a new one').toEqual([0, 0])
    expect(p.context(4).result).toBe(0)
  })
})
