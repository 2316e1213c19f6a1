/**
 * Files of the device: what sysfs, hwmon and debugfs show of each function, and those that an administrator writes.
 *
 *     write ──▶ ┌────────────┐ ── level, hysteresis ──▶ firmware
 *     list ◀─── │ DebugFiles │ ◀── what the driver keeps, the platform's sensors
 *               └────────────┘
 *
 * Faithful    names, units, which function has which file, what a file takes
 * Simplified  writes carry a number instead of text; the carveout and the submission switch have calls of their own
 */
import { errno } from '../device/abi/ioctl.ts'
import { MailOpcode, message } from '../device/abi/mailbox.ts'
import { deviceFiles } from '../device/device-files.ts'
import type { DeviceFileName } from '../device/device-files.ts'
import type { Sim } from '../sim/sim.ts'
import type { Contexts } from './contexts.ts'
import { DebugFile, DriverEvent } from './events.ts'
import type { FirmwareStreams } from './firmware-streams.ts'
import type { DeviceFunction } from './functions.ts'
import type { PageSource } from './page-source.ts'
import { Reason } from './refusals.ts'
import type { Replies } from './replies.ts'

/** A file as it reads. */
export interface SystemFile {
  readonly system: 'sysfs' | 'hwmon' | 'debugfs'
  readonly name: DeviceFileName
  /** Index of the device function that it belongs to. */
  readonly fn: number
  readonly value: string
  readonly isWritable: boolean
  /** Where its existence is published. */
  readonly source: string
}

/** Where a write finds its operands. */
export const DebugLocal = { file: 2, value: 3, fn: 4 } as const

const maxWord = 2 ** 32 - 1
const milli = 1000

export class DebugFiles {
  /** Microseconds that an idle context stays loaded. */
  private readonly hysteresis: Float64Array
  private readonly replies: Replies
  private readonly streams: FirmwareStreams
  private readonly contexts: Contexts
  private readonly pageSource: PageSource

  constructor(
    sim: Sim,
    replies: Replies,
    streams: FirmwareStreams,
    contexts: Contexts,
    pageSource: PageSource,
  ) {
    const { ticks, ticksPerMicrosecond } = replies.facts
    this.hysteresis = sim.state.f64('driver.debug.hysteresis', 1)
    this.hysteresis[0] = ticks.hysteresis / ticksPerMicrosecond
    this.replies = replies
    this.streams = streams
    this.contexts = contexts
    this.pageSource = pageSource
  }

  /** Writes a file; the firmware is asked where it has to know. */
  write(thread: number): number {
    const { replies } = this
    const value = replies.local(thread, DebugLocal.value)
    const fn = replies.local(thread, DebugLocal.fn)
    const on = replies.functions.all[fn]
    if (on?.isUp !== true) return replies.refuse(thread, errno.ENODEV, Reason.noFunction, fn)
    switch (replies.local(thread, DebugLocal.file)) {
      case DebugFile.logLevel:
        return this.streams.writeLevel(thread, fn, value)
      case DebugFile.logToDmesg:
        return this.streams.writeTap(thread, fn, value)
      default:
        return this.writeHysteresis(thread, on, value)
    }
  }

  /** Every file of every function that is up. */
  list(): readonly SystemFile[] {
    return this.replies.functions.all.filter(({ isUp }) => isUp).flatMap((on) => this.filesOf(on))
  }

  private writeHysteresis(thread: number, on: DeviceFunction, value: number): number {
    const { replies } = this
    if (on.kind === 'vf') return replies.refuse(thread, errno.ENOENT, Reason.noSuchFile)
    if (!(value >= 0 && value <= maxWord)) {
      return replies.refuse(thread, errno.EINVAL, Reason.hysteresisRange, value)
    }
    if (replies.threads.phase[thread] > 0) {
      const answer = on.mail.response(thread, MailOpcode.setRuntimeConfig)
      if (answer < 0) return answer
      this.hysteresis[0] = value
      replies.sim.trace.emit(DriverEvent.debugFileWritten, thread, DebugFile.hysteresis, value)
      return 0
    }
    replies.threads.phase[thread] = 1
    on.mail.begin(thread)
    on.mail.put(thread, message.runtimeConfig.type, message.runtimeConfigType.hysteresis)
    on.mail.put(thread, message.runtimeConfig.value, value)
    return on.mail.request(thread, MailOpcode.setRuntimeConfig)
  }

  private filesOf(on: DeviceFunction): SystemFile[] {
    const values: Partial<Record<DeviceFileName, string>> = {
      ...this.identity(on),
      ...this.sensors(on),
      ...this.debug(on),
    }
    return deviceFiles
      .filter(({ name }) => values[name] !== undefined)
      .map(({ system, name, isWritable, source }) => ({
        system,
        name,
        fn: on.index,
        value: values[name] ?? '',
        isWritable,
        source,
      }))
  }

  private identity(on: DeviceFunction): Partial<Record<DeviceFileName, string>> {
    const { facts, functions } = this.replies
    const { vendor, deviceId, revision, name } = facts.device
    const hex = (value: number, digits: number): string =>
      `0x${value.toString(16).padStart(digits, '0')}`
    const suffix = on.kind === 'classic' ? '' : `-${on.kind}`
    const isUmq = facts.profile === 'aie4'
    const offset = { classic: 0, pf: 1, vf: 2 }[on.kind]
    const version = [0, 1, 2, 3].map((i) => on.bringUp.versionWord('npu', i)).join('.')
    const vfs = functions.all.filter(({ kind, isUp }) => kind === 'vf' && isUp).length
    return {
      vbnv: `${name}${suffix}`,
      device_type: String(on.kind === 'pf' ? 2 : isUmq ? 1 : 0),
      fw_version: version,
      vendor: hex(vendor, 4),
      device: hex(deviceId + offset, 4),
      revision: hex(revision, 2),
      ...(on.kind === 'pf'
        ? { sriov_numvfs: String(vfs), sriov_totalvfs: String(facts.functions.vfLimit) }
        : {}),
    }
  }

  private sensors(on: DeviceFunction): Partial<Record<DeviceFileName, string>> {
    if (on.index !== 0) return {}
    const { celsius, milliwatts } = this.replies.soc.sensors
    return {
      temp1_label: 'NPU_temperature',
      temp1_input: String(celsius * milli),
      power1_label: 'NPU_power',
      power1_input: String(milliwatts * milli),
    }
  }

  private debug(on: DeviceFunction): Partial<Record<DeviceFileName, string>> {
    const { index } = on
    return {
      carveout: this.pageSource.carveoutText,
      fw_log_level: String(this.streams.levelOf(index)),
      fw_log_dump_to_dmesg: index === 0 && this.streams.isTapped ? '1' : '0',
      ...(on.kind === 'pf'
        ? {}
        : { kernel_mode_submission: this.contexts.isUserMode(index) ? 'N' : 'Y' }),
      ...(on.kind === 'vf' ? {} : { ctx_switch_hysteresis_us: String(this.hysteresis[0]) }),
    }
  }
}
