import { describe, expect, it } from 'vitest'
import { command, commandHeader } from '../device/abi/command.ts'
import { argument, ioctls } from '../device/abi/ioctl.ts'
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

describe('a sleep of the system', () => {
  it('keeps the queue and finishes the job that it caught, behind the resume', () => {
    const p = booted({ ucs: { ...completeAll, serviceTicks: 1_000_000 } })
    const { driver, firmware } = p.stack
    const { handle, queue } = p.context(4)
    const bo = p.buffer(4096)
    expect(exec(p, handle, bo)).toBe(0)
    expect(sleep(p)).toBe(0)
    expect(driver.isSuspended()).toBe(true)
    expect(firmware.contexts.inspectContexts()).toEqual([])
    expect(firmware.inspect()).toMatchObject({ alive: false, asyncBuffers: 0 })
    expect([p.load(queue.address), p.load(queue.address + 64)]).toEqual([0, 1])
    expect(wake(p)).toBe(0)
    expect(driver.isSuspended()).toBe(false)
    expect(wait(p, handle, 0)).toBe(0)
    expect(stateOf(p, bo.address)).toBe(command.state.completed)
    expect([p.load(queue.address), p.load(queue.address + 64)]).toEqual([1, 1])
    console.log(
      JSON.stringify(
        driver.inspectBoot().map((s) => [s.sequence, s.title, s.verdict, s.errno]),
        null,
        0,
      ),
    )
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
    pass(p, 0.3 * second)
    expect(driver.isSuspended()).toBe(true)
    expect(exec(p, handle, bo)).toBe(0)
    expect(driver.isSuspended()).toBe(false)
    expect(wait(p, handle, 1)).toBe(0)
  })
})

describe('a function level reset', () => {
  it('ends the jobs under way, keeps the context, and does not load the firmware', () => {
    const p = booted({ ucs: { ...completeAll, serviceTicks: 1_000_000 } })
    const { driver } = p.stack
    const { handle, queue } = p.context(4)
    const bo = p.buffer(4096)
    expect(exec(p, handle, bo)).toBe(0)
    driver.flr(0)
    expect(p.finish()).toBe(0)
    expect(wait(p, handle, 0)).toBe(0)
    expect(stateOf(p, bo.address)).toBe(command.state.abort)
    expect([p.load(queue.address), p.load(queue.address + 64)]).toEqual([1, 1])
    expect(exec(p, handle, bo)).toBe(0)
    expect(wait(p, handle, 1)).toBe(0)
    expect(stateOf(p, bo.address)).toBe(command.state.completed)
    console.log(
      JSON.stringify(
        driver
          .inspectBoot()
          .slice(22)
          .map((s) => [s.sequence, s.title, s.verdict, s.errno]),
        null,
        0,
      ),
    )
  })
})
