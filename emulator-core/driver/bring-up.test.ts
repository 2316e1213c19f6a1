import { describe, expect, it } from 'vitest'
import { errno } from '../device/abi/ioctl.ts'
import { mailbox } from '../device/abi/mailbox.ts'
import { powerUp } from '../device/abi/power-up.ts'
import { pciAddress } from '../device/abi/pci-address.ts'
import { identity } from '../device/identity.ts'
import { Manner } from '../soc/smu.ts'
import { createHostStack, Process } from './test-kit/host-stack.ts'
import type { HostStack, HostStackOptions } from './test-kit/host-stack.ts'

/** A device that nobody has loaded a driver for; `before` makes it what it is. */
function found(before: (stack: HostStack) => void, options: HostStackOptions = {}): Process {
  const process = new Process(createHostStack(options), 0)
  before(process.stack)
  return process
}

/** What a boot comes to, the sentence, the last steps, and how many milliseconds it took. */
function outcome(before: (stack: HostStack) => void, options: HostStackOptions = {}) {
  const p = found(before, options)
  const result = p.boot()
  const { driver, sim, facts } = p.stack
  const steps = driver.inspectBoot()
  const failed = steps.find(({ verdict }) => verdict === 'failed')
  return {
    result,
    reason: result < 0 ? p.reason : '',
    failed,
    steps,
    ms: Math.floor(sim.schedule.now / facts.ticksPerMicrosecond / 1000),
  }
}

/** Lets the boot run until a tick and changes what the firmware has announced. */
function meddle(p: Process, words: readonly (readonly [offset: number, value: number])[]): number {
  const { driver, sim, soc, facts } = p.stack
  driver.boot(p.thread)
  const { valid } = mailbox.infoBlock
  while (soc.bars.read32(facts.bar.sram, valid) !== 1) sim.schedule.runOne(Infinity)
  for (const [offset, value] of words) soc.bars.write32(facts.bar.sram, offset, value)
  return p.finish()
}

const { infoBlock } = mailbox

describe('a boot', () => {
  it('takes its steps in the order of the driver and keeps a record of each', () => {
    const { result, steps } = outcome(() => {})
    expect(result).toBe(0)
    expect(steps.every(({ verdict, sequence }) => verdict === 'ok' && sequence === 'boot')).toBe(
      true,
    )
    expect(steps.map(({ kind, title }) => (kind === 'message' ? title : kind)).join(' ')).toBe(
      'pci bars firmware firmware vectors workBuffer smu smu psp psp psp valid protocol mailbox IDENTIFY ' +
        'QUERY_CERT_FIRMWARE_VERSION CALIBRATE_CLOCK ATTACH_WORK_BUFFER SET_RUNTIME_CONFIG AIE_VERSION_INFO ' +
        'AIE_TILE_INFO GET_DPM_FREQ_TABLE CREATE_PARTITION asyncBuffers START_FW_LOG ready',
    )
    expect(steps[2]!.inputs).toEqual([
      ['file', 'amdnpu/17f1_10/npu.dev.sbin'],
      ['bytes', String(identity.npuBytes)],
      ['copied to', expect.stringMatching(/^0x[0-9a-f]+0000$/)],
    ])
    expect(steps[12]!.inputs).toEqual([
      ['found', '6.0'],
      ['wanted', '6.0 or a later minor'],
    ])
  })

  it('takes as long as its polls: 20 ms for each command, 40 for the firmware', () => {
    const { ms, steps } = outcome(() => {})
    expect(ms).toBe(140)
    const us = ({ begin, end }: (typeof steps)[number]) => ((end ?? 0) - begin) / 1200
    expect(steps.slice(6, 12).map(us)).toEqual([20_000, 20_000, 20_000, 20_000, 20_000, 40_000])
  })

  it('asks for an echo of the early build only', () => {
    const { steps } = outcome(({ soc }) => soc.pci.become(0, 0x1b0a, 0x00))
    expect(steps.map(({ title }) => title)).toContain('ECHO')
    expect(steps[2]!.inputs[0]).toEqual(['file', 'amdnpu/1b0a_00/npu.dev.sbin'])
  })

  it.each([
    [0x17f1, 0x13, 'RyzenAI-npu9'],
    [0x17f1, 0x14, 'RyzenAI-npu10'],
    [0x17f1, 0x15, 'RyzenAI-npu11'],
  ])('knows device 0x%s of revision %s by name', (device, revision, name) => {
    const { result, steps } = outcome(({ soc }) => soc.pci.become(0, device, revision))
    expect(result).toBe(0)
    expect(steps[0]!.inputs).toContainEqual(['name', name])
    expect(steps.at(-1)!.log).toBe(`amdxdna ${pciAddress(0)}: ${name} is up.`)
  })

  it('may find a later minor of protocol and host queue', () => {
    expect(outcome(({ driver }) => driver.disk.change({ protocol: [6, 9] })).result).toBe(0)
    expect(outcome(({ driver }) => driver.disk.change({ hostQueue: [1, 2] })).result).toBe(0)
  })

  it('takes a uC image of 32 KiB and 256 bytes', () => {
    expect(outcome(({ driver }) => driver.disk.change({ certBytes: 33_024 })).result).toBe(0)
  })

  it('goes on without the clock table of a firmware that has too many levels, or none', () => {
    const p = found(() => {})
    const { sim, soc, facts, driver } = p.stack
    driver.boot(0)
    // The firmware's answer to GET_DPM_FREQ_TABLE says 11 levels: found in the response ring before it is read.
    while (driver.inKernel(0)) {
      sim.schedule.runOne(Infinity)
      const { i2x } = facts.ring
      for (let at = i2x; at < i2x + facts.ring.i2xBytes - 16; at += 4) {
        if (soc.bars.sram.read32(at) !== 92 || soc.bars.sram.read32(at + 12) !== 0x30012) continue
        soc.bars.sram.write32(at + 16 + 4, 11)
      }
    }
    expect(driver.result(0)).toBe(0)
    const step = driver.inspectBoot().find(({ title }) => title === 'GET_DPM_FREQ_TABLE')
    expect([step?.verdict, step?.errno]).toEqual(['warned', 'EINVAL'])
  })
})

describe('a boot is refused', () => {
  type Row = [string, (stack: HostStack) => void, number, string, string]
  const rows: Row[] = [
    [
      'an unlisted device',
      ({ soc }) => soc.pci.become(0, 0x1234, 0x10),
      errno.ENODEV,
      'pci',
      '0x1234',
    ],
    [
      'an unlisted revision',
      ({ soc }) => soc.pci.become(0, 0x17f1, 0x11),
      errno.ENODEV,
      'pci',
      '0x11',
    ],
    [
      'another generation',
      ({ soc }) => soc.pci.become(0, 0x17f0, 0x10),
      errno.ENODEV,
      'pci',
      'another generation',
    ],
    ['no BAR 2', ({ soc }) => soc.pci.hide(0, 2), errno.ENOMEM, 'bars', 'BAR 2'],
    [
      'no npu image',
      ({ driver }) => driver.disk.change({ npuBytes: -1 }),
      errno.ENOENT,
      'firmware',
      'amdnpu/17f1_10/npu.dev.sbin',
    ],
    [
      'no cert image',
      ({ driver }) => driver.disk.change({ certBytes: -1 }),
      errno.ENOENT,
      'firmware',
      'amdnpu/17f1_10/cert.dev.sbin',
    ],
    [
      'a cert image of 33,025 bytes',
      ({ driver }) => driver.disk.change({ certBytes: 33_025 }),
      errno.EINVAL,
      'firmware',
      '33025 bytes',
    ],
    ['no vectors', ({ soc }) => soc.pci.offer(0, 0), errno.EINVAL, 'vectors', '0 MSI-X vectors'],
    [
      'no memory for images',
      ({ soc }) => soc.dram.reserve(soc.dram.pageCount),
      errno.ENOMEM,
      'firmware',
      'pages',
    ],
    [
      'no memory for the work buffer',
      ({ soc }) => soc.dram.reserve(soc.dram.pageCount - 100),
      errno.ENOMEM,
      'workBuffer',
      '1024 contiguous pages',
    ],
    [
      'an SMU that refuses',
      ({ soc }) => soc.smu.behave(Manner.refuses),
      errno.EINVAL,
      'smu',
      '0xff',
    ],
    [
      'an SMU that is silent',
      ({ soc }) => soc.smu.behave(Manner.silent),
      errno.ETIMEDOUT,
      'smu',
      'within a second',
    ],
    [
      'a PSP that refuses',
      ({ soc }) => soc.psp.behave(Manner.refuses),
      errno.EIO,
      'psp',
      '0xffff0007',
    ],
    [
      'a PSP that is silent',
      ({ soc }) => soc.psp.behave(Manner.silent),
      errno.ETIMEDOUT,
      'psp',
      'within a second',
    ],
    [
      'an image that is cut off',
      ({ driver }) => driver.disk.change({ certBytes: 12 }),
      errno.EIO,
      'psp',
      '0xffff0001',
    ],
    [
      'a firmware that is never valid',
      ({ firmware }) => firmware.misbehave(true, false),
      errno.ETIMEDOUT,
      'valid',
      'never set',
    ],
    [
      'protocol 5.0',
      ({ driver }) => driver.disk.change({ protocol: [5, 0] }),
      errno.EOPNOTSUPP,
      'protocol',
      '5.0',
    ],
    [
      'protocol 7.0',
      ({ driver }) => driver.disk.change({ protocol: [7, 0] }),
      errno.EOPNOTSUPP,
      'protocol',
      '7.0',
    ],
    [
      'host queue 2.0',
      ({ driver }) => driver.disk.change({ hostQueue: [2, 0] }),
      errno.EOPNOTSUPP,
      'message',
      '2.0',
    ],
    [
      'a silent mailbox',
      ({ firmware }) => firmware.misbehave(false, true),
      errno.ETIME,
      'message',
      'IDENTIFY',
    ],
  ]

  it.each(rows)('for %s', (_, before, number, kind, words) => {
    const { result, reason, failed, steps } = outcome(before)
    expect(result).toBe(-number)
    expect(reason).toContain(words)
    expect(failed).toMatchObject({ kind, log: `amdxdna ${pciAddress(0)}: ${reason}` })
    expect(steps.find(({ kind: last }) => last === 'offline')?.log).toContain(
      `failed with error -${number}`,
    )
  })

  it('after a second of polls where nobody answers, and after five where a message is lost', () => {
    expect(outcome(({ soc }) => soc.smu.behave(Manner.silent)).ms).toBe(1000)
    expect(outcome(({ firmware }) => firmware.misbehave(true, false)).failed?.begin).toBeLessThan(
      120 * 1_200_000,
    )
    const never = outcome(({ firmware }) => firmware.misbehave(true, false)).failed!
    expect((never.end! - never.begin) / 1_200_000).toBe(1000)
    const lost = outcome(({ firmware }) => firmware.misbehave(false, true)).failed!
    expect((lost.end! - lost.begin) / 1_200_000).toBe(5000)
  })

  it('for a driver address map without an IOMMU', () => {
    const { result, failed } = outcome(() => {}, { switches: { forceIova: true, iommu: 'absent' } })
    expect([result, failed?.kind]).toEqual([-errno.ENODEV, 'pci'])
  })

  it('for rings outside the SRAM and a vector that the function does not have', () => {
    expect(
      meddle(
        found(() => {}),
        [[infoBlock.x2iSize, 0]],
      ),
    ).toBe(-errno.ENODEV)
    expect(
      meddle(
        found(() => {}),
        [[infoBlock.i2xBuffer, 0x7f_fff0]],
      ),
    ).toBe(-errno.ENODEV)
    expect(
      meddle(
        found(() => {}),
        [[infoBlock.i2xVector, 9]],
      ),
    ).toBe(-errno.EINVAL)
    expect(
      meddle(
        found(() => {}),
        [[infoBlock.i2xVector, 0]],
      ),
    ).toBe(0)
  })

  it('and leaves the NPU without power, ready for the next try', () => {
    const p = found(({ driver }) => driver.disk.change({ protocol: [5, 0] }))
    expect(p.boot()).toBe(-errno.EOPNOTSUPP)
    const { driver, soc } = p.stack
    expect(soc.smu.isOn).toBe(false)
    expect(
      driver
        .inspectBoot()
        .slice(-2)
        .map(({ title }) => title),
    ).toEqual(['PSP: release the images', 'SMU: power off'])
    expect(p.open()).toBe(-errno.ENODEV)
    driver.disk.change({})
    expect(p.boot()).toBe(0)
    expect(p.open()).toBe(0)
  })

  it('where the driver is loaded again while a process has the device open', () => {
    const p = found(() => {})
    expect([p.boot(), p.open()]).toEqual([0, 0])
    const again = (): number => {
      p.stack.driver.boot(0, true)
      return p.finish()
    }
    expect(again()).toBe(-errno.EBUSY)
    expect(p.close()).toBe(0)
    p.stack.driver.disk.change({ protocol: [5, 0] })
    expect(again()).toBe(-errno.EOPNOTSUPP)
    expect(p.stack.driver.inspectBoot().some(({ sequence }) => sequence === 'unload')).toBe(true)
  })
})

describe('the PSP', () => {
  it('has one register for command, size and status, and takes what was written last', () => {
    const { soc, sim, facts } = createHostStack()
    const { psp } = powerUp
    const { bar, pspRegister: at } = facts
    const read = (offset: number): number => soc.bars.read32(bar.psp, offset)
    const write = (offset: number, value: number): void => soc.bars.write32(bar.psp, offset, value)
    expect(read(at.command)).toBe(psp.ready)
    write(at.command, psp.command.start)
    write(at.command, (psp.command.release << psp.commandShift) | 0)
    expect(read(at.command) & psp.ready).toBe(0)
    write(at.interrupt, 1)
    write(at.interrupt, psp.notify)
    sim.schedule.runUntil(facts.ticks.pspStart)
    expect(read(at.command) & psp.ready, 'only a notification behind a 0 counts').toBe(0)
    write(at.interrupt, 0)
    write(at.interrupt, psp.notify)
    sim.schedule.runUntil(sim.schedule.now + facts.ticks.pspStart)
    expect(read(at.command) >>> 0).toBe((psp.ready | (psp.command.release << 24)) >>> 0)
    expect(read(at.arg0)).toBe(0)
  })

  it('starts nothing before both images are there', () => {
    const { soc, sim, facts, firmware } = createHostStack()
    const { psp } = powerUp
    const { bar, pspRegister: at } = facts
    soc.bars.write32(bar.psp, at.command, psp.command.start << psp.commandShift)
    soc.bars.write32(bar.psp, at.interrupt, 0)
    soc.bars.write32(bar.psp, at.interrupt, psp.notify)
    sim.schedule.runUntil(facts.ticks.pspStart + facts.ticks.firmwareStart)
    expect(soc.bars.read32(bar.psp, at.arg0)).toBe(psp.badState)
    expect(firmware.inspect().alive).toBe(false)
  })
})
