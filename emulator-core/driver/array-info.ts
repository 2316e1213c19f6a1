/**
 * Array info: what the firmware told at bring-up, kept as it was told: geometry, versions, clocks, features.
 *
 *     bring-up ── answers ──▶ ┌───────────┐ ──▶ queries
 *                             │ ArrayInfo │
 *                             └───────────┘ ◀── fallback table, while the firmware tells none
 *
 * Faithful    which protocol switches which feature on; a table of clocks that is too long is not taken
 */
import { message, protocolFeatures } from '../device/abi/mailbox.ts'
import type { FeatureName } from '../device/abi/mailbox.ts'
import { reportedTops } from '../device/abi/array-info.ts'
import { errno } from '../device/abi/ioctl.ts'
import { fieldOf } from '../device/functions.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import type { Mailbox } from './mailbox.ts'

const { levels } = message.dpmTable
const tileWords = 12
/** Words of `numbers`. */
const Numbers = { features: 0, aieMajor: 1, aieMinor: 2, top: 3, npuLevel: 4, hLevel: 5, count: 6 }

export class ArrayInfo {
  private readonly numbers: Int32Array
  /** The answer to AIE_TILE_INFO, status word included. */
  private readonly tile: Uint32Array
  private readonly tileBytes: DataView
  /** MHz by level: the slot called npuclk, then the one called hclk. */
  private readonly npuClock: Int32Array
  private readonly hClock: Int32Array
  private readonly facts: HostFacts

  /** `fn` is the function whose firmware told it. */
  constructor(sim: Sim, facts: HostFacts, fn: number) {
    this.facts = facts
    this.numbers = sim.state.i32(fieldOf('driver.told.numbers', fn), Numbers.count)
    this.tile = sim.state.u32(fieldOf('driver.told.tile', fn), tileWords)
    this.tileBytes = new DataView(this.tile.buffer, this.tile.byteOffset, this.tile.byteLength)
    this.npuClock = sim.state.i32(fieldOf('driver.told.npuClock', fn), levels)
    this.hClock = sim.state.i32(fieldOf('driver.told.hClock', fn), levels)
    this.useFallback()
  }

  /** The firmware's protocol is known: what it can do besides. */
  setProtocol(major: number, minor: number): void {
    let mask = 0
    for (const row of protocolFeatures) {
      const isOlder = row.maxMinor === 0 || minor <= row.maxMinor
      if (row.major === major && minor >= row.minMinor && isOlder) mask |= featureMask(row.features)
    }
    this.numbers[Numbers.features] = mask
  }

  /** Whether the firmware has a feature. */
  has(feature: FeatureName): boolean {
    return (this.numbers[Numbers.features] & featureMask([feature])) !== 0
  }

  /** Takes the answer to AIE_VERSION_INFO. */
  takeVersion(mail: Mailbox, thread: number): number {
    this.numbers[Numbers.aieMajor] = mail.half(thread, message.aieVersion.major)
    this.numbers[Numbers.aieMinor] = mail.half(thread, message.aieVersion.minor)
    return 0
  }

  /** Takes the answer to AIE_TILE_INFO. */
  takeTiles(mail: Mailbox, thread: number): void {
    for (let i = 0; i < tileWords; i++) this.tile[i] = mail.word(thread, 4 * i)
  }

  /** Takes the answer to GET_DPM_FREQ_TABLE; one with too many levels leaves the table that was there. */
  takeClocks(mail: Mailbox, thread: number): number {
    const at = message.dpmTable
    const npu = mail.word(thread, at.aieCount)
    const h = mail.word(thread, at.hCount)
    if (npu > levels || h > levels) return -errno.EINVAL
    for (let i = 0; i < npu; i++) this.npuClock[i] = mail.word(thread, at.aie + 4 * i)
    for (let i = 0; i < h; i++) this.hClock[i] = mail.word(thread, at.h + 4 * i)
    this.numbers[Numbers.top] = Math.max(0, Math.max(npu, h) - 1)
    return 0
  }

  /** Takes the answer to GET_CURRENT_DPM_LEVEL; levels that do not exist are not taken. */
  takeLevels(mail: Mailbox, thread: number): void {
    const npu = mail.word(thread, message.dpmLevel.aie)
    const h = mail.word(thread, message.dpmLevel.h)
    if (npu >= levels || h >= levels) return
    this.numbers[Numbers.npuLevel] = npu
    this.numbers[Numbers.hLevel] = h
  }

  /** A 16-bit field of the tile info, by its offset in the message. */
  tileHalf(offset: number): number {
    return this.tileBytes.getUint16(offset, true)
  }

  /** Bytes of one column in a status dump. */
  get columnBytes(): number {
    return this.tileBytes.getUint32(message.tileInfo.size, true)
  }

  get columns(): number {
    return this.tileHalf(message.tileInfo.cols)
  }

  get rows(): number {
    return this.tileHalf(message.tileInfo.rows)
  }

  get version(): readonly [number, number] {
    return [this.numbers[Numbers.aieMajor], this.numbers[Numbers.aieMinor]]
  }

  /** MHz now: of the NPU H clock, then of the AIE clock. */
  get clocks(): readonly [number, number] {
    const { numbers, npuClock, hClock } = this
    return [npuClock[numbers[Numbers.npuLevel]], hClock[numbers[Numbers.hLevel]]]
  }

  /** MHz of the AIE clock at the highest level. */
  get topClock(): number {
    return this.hClock[this.numbers[Numbers.top]]
  }

  /** TOPS at a clock, as the driver counts them. */
  topsAt(mhz: number): number {
    return reportedTops(Math.min(this.facts.device.columns, this.columns), mhz)
  }

  private useFallback(): void {
    const { dpm } = this.facts.device
    dpm.forEach(([npu, h], i) => {
      this.npuClock[i] = npu
      this.hClock[i] = h
    })
    this.numbers[Numbers.top] = dpm.length - 1
  }
}

const bits: Readonly<Record<FeatureName, number>> = {
  coredump: 1,
  tileAccess: 2,
  log: 4,
  trace: 8,
  calibrateClock: 16,
}

function featureMask(names: readonly FeatureName[]): number {
  return names.reduce((mask, name) => mask | bits[name], 0)
}
