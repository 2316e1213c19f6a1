/**
 * Device queries: GET_INFO of geometry, versions, clocks, sensors and resources.
 *
 *     GET_INFO 1, 2, 3, 4, 12, 15 ──▶ ┌───────────────┐ ◀── ArrayInfo, the platform's sensors
 *                                     │ DeviceQueries │ ── GET_CURRENT_DPM_LEVEL ──▶ firmware
 *                                     └───────────────┘
 *
 * Faithful    layouts; a reply is clipped to the caller's buffer, sensors are whole records and report their bytes;
 *             a firmware that does not tell its level leaves the last one
 */
import { arrayInfo } from '../device/abi/array-info.ts'
import { argument } from '../device/abi/ioctl.ts'
import { MailOpcode, message } from '../device/abi/mailbox.ts'
import { queries } from '../device/abi/queries.ts'
import type { Replies } from './replies.ts'

const { info } = queries
const clockBytes = 2 * arrayInfo.clock.bytes
const stateBytes = 8
const high32 = 2 ** 32

/** The three blocks of the metadata by where they lie, and their fields in the firmware's answer. */
const blocks = [
  ['core', 'coreRows', 'coreRowStart', 'coreDma', 'coreLocks', 'coreEvents'],
  ['mem', 'memRows', 'memRowStart', 'memDma', 'memLocks', 'memEvents'],
  ['shim', 'shimRows', 'shimRowStart', 'shimDma', 'shimLocks', 'shimEvents'],
] as const

export class DeviceQueries {
  private readonly replies: Replies
  /** The structure at hand; it lives for one copy. */
  private readonly record = new Uint8Array(arrayInfo.sensorBytes)
  private readonly view = new DataView(this.record.buffer)

  constructor(replies: Replies) {
    this.replies = replies
  }

  /** AIE_METADATA. */
  metadata(thread: number): number {
    const at = arrayInfo.metadata
    const told = this.replies.infoOf(thread)
    const [major, minor] = [message.tileInfo.major, message.tileInfo.minor].map((offset) =>
      told.tileHalf(offset),
    )
    this.record.fill(0)
    this.view.setUint32(at.columnSize, told.columnBytes, true)
    this.view.setUint16(at.columns, told.columns, true)
    this.view.setUint16(at.rows, told.rows, true)
    this.view.setUint32(at.major, major, true)
    this.view.setUint32(at.minor, minor, true)
    for (const [block, ...fields] of blocks) {
      fields.forEach((field, i) =>
        this.view.setUint16(at[block] + 2 * i, told.tileHalf(message.tileInfo[field]), true),
      )
    }
    return this.answer(thread, arrayInfo.metadataBytes)
  }

  /** AIE_VERSION. */
  version(thread: number): number {
    const [major, minor] = this.replies.infoOf(thread).version
    this.record.fill(0)
    this.view.setUint32(arrayInfo.aieVersion.major, major, true)
    this.view.setUint32(arrayInfo.aieVersion.minor, minor, true)
    return this.answer(thread, arrayInfo.aieVersionBytes)
  }

  /** CLOCK_METADATA and RESOURCE_INFO: phase 0 asks for the level, phase 1 answers. */
  clocks(thread: number): number {
    const { threads } = this.replies
    const mail = this.replies.mailOf(thread)
    const told = this.replies.infoOf(thread)
    if (threads.phase[thread] === 0) {
      threads.phase[thread] = 1
      mail.begin(thread)
      const asked = mail.request(thread, MailOpcode.getCurrentDpmLevel)
      if (asked >= 0) return asked
    } else if (mail.response(thread, MailOpcode.getCurrentDpmLevel) === 0) {
      told.takeLevels(mail, thread)
    }
    const param = threads.arg(thread, argument.getInfo.param)
    this.record.fill(0)
    return param === info.clockMetadata ? this.clockMetadata(thread) : this.resource(thread)
  }

  /** SENSORS: as many whole records as there is room for. */
  sensors(thread: number): number {
    const { threads, soc, facts } = this.replies
    const { sensors } = soc
    const at = argument.getInfo
    const { power, temperature, utilization } = arrayInfo.sensorType
    const room = threads.arg(thread, at.bufferSize)
    let written = 0
    for (let i = 0; i < 2 + facts.device.columns; i++) {
      if (written + arrayInfo.sensorBytes > room) break
      if (i === 0) this.sensor('Total Power', sensors.milliwatts, 'W', -3, power)
      else if (i === 1) this.sensor('Temperature', sensors.celsius, 'C', 0, temperature)
      else {
        const column = i - 2
        const percent = sensors.utilization(column)
        this.sensor(`Column ${column} Utilization`, percent, '%', 0, utilization)
      }
      const address = threads.arg64(thread, at.buffer) + written
      const copied = this.replies.copyOut(thread, address, this.record, 0, arrayInfo.sensorBytes)
      if (copied < 0) return copied
      written += arrayInfo.sensorBytes
    }
    threads.setArg(thread, at.bufferSize, written)
    return this.replies.answered(thread, info.sensors, written)
  }

  /** AUTO_COREDUMP: it is off, and on this device it cannot be switched on. */
  autoCoredump(thread: number): number {
    this.record.fill(0)
    return this.answer(thread, stateBytes)
  }

  private clockMetadata(thread: number): number {
    const { clock, clockNames } = arrayInfo
    this.replies.infoOf(thread).clocks.forEach((mhz, i) => {
      this.text(i * clock.bytes + clock.name, clockNames[i], clock.nameBytes)
      this.view.setUint32(i * clock.bytes + clock.mhz, mhz, true)
    })
    return this.answer(thread, clockBytes)
  }

  private resource(thread: number): number {
    const at = arrayInfo.resource
    const told = this.replies.infoOf(thread)
    const put64 = (offset: number, value: number): void => {
      this.view.setUint32(offset, value % high32, true)
    }
    put64(at.clockMax, told.topClock)
    put64(at.topsMax, told.topsAt(told.topClock))
    put64(at.topsNow, told.topsAt(told.clocks[1]))
    return this.answer(thread, arrayInfo.resourceBytes)
  }

  private sensor(
    label: string,
    value: number,
    units: string,
    exponent: number,
    type: number,
  ): void {
    const at = arrayInfo.sensor
    this.record.fill(0)
    this.text(at.label, label, at.input - at.label)
    this.view.setUint32(at.input, value, true)
    this.text(at.units, units, at.exponent - at.units)
    this.view.setInt8(at.exponent, exponent)
    this.record[at.type] = type
  }

  /** ASCII text, cut so that a zero byte follows. */
  private text(at: number, text: string, room: number): void {
    for (let i = 0; i < room - 1 && i < text.length; i++) this.record[at + i] = text.charCodeAt(i)
  }

  /** Answers as much of the record as the caller has room for. */
  private answer(thread: number, bytes: number): number {
    const at = argument.getInfo
    const { threads } = this.replies
    const count = Math.min(bytes, threads.arg(thread, at.bufferSize))
    const copied = this.replies.copyOut(
      thread,
      threads.arg64(thread, at.buffer),
      this.record,
      0,
      count,
    )
    if (copied < 0) return copied
    return this.replies.answered(thread, threads.arg(thread, at.param), count)
  }
}
