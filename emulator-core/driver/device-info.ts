/**
 * Device info: what the driver has learned of a function from its firmware while bringing it up.
 *
 *     bring-up ── replies ──▶ ┌────────────┐ ── versions, geometry, partition ──▶ queries, contexts, app
 *                             │ DeviceInfo │
 *                             └────────────┘
 */
import { errno } from '../device/abi/ioctl.ts'
import { message } from '../device/abi/mailbox.ts'
import { fieldOf } from '../device/functions.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import type { Mailbox } from './mailbox.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import type { Threads } from './threads.ts'

/** Words of `info`. */
const Info = {
  up: 0,
  npu: 1,
  cert: 5,
  columns: 9,
  rows: 10,
  coreRows: 11,
  partition: 12,
  count: 13,
} as const

export class DeviceInfo {
  private readonly info: Int32Array
  private readonly facts: HostFacts
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly mail: Mailbox

  constructor(
    sim: Sim,
    facts: HostFacts,
    threads: Threads,
    refusals: Refusals,
    mail: Mailbox,
    fn: number,
  ) {
    this.facts = facts
    this.threads = threads
    this.refusals = refusals
    this.mail = mail
    this.info = sim.state.i32(fieldOf('driver.device.info', fn), Info.count)
  }

  /** Whether the function accepts opens and calls. */
  get isUp(): boolean {
    return this.info[Info.up] !== 0
  }

  set isUp(up: boolean) {
    this.info[Info.up] = up ? 1 : 0
  }

  /** The partition that contexts are put in, 0 for none. */
  get partition(): number {
    return this.info[Info.partition]
  }

  set partition(id: number) {
    this.info[Info.partition] = id
  }

  get columns(): number {
    return this.info[Info.columns]
  }

  get rows(): number {
    return this.info[Info.rows]
  }

  get coreRows(): number {
    return this.info[Info.coreRows]
  }

  /** The function is gone: it has to be brought up anew. */
  forget(): void {
    this.info.fill(0)
  }

  /** Somebody made or ended it by way of experiment. */
  setPartition(id: number): void {
    this.info[Info.partition] = id
  }

  /** The partition is gone. */
  forgetPartition(): void {
    this.info[Info.partition] = 0
  }

  /** Word `i` of a firmware's version: major, minor, patch or hotfix, build. */
  versionWord(of: 'npu' | 'cert', i: number): number {
    return this.info[Info[of] + i]
  }

  /** A firmware's version for people. */
  version(of: 'npu' | 'cert'): string {
    return Array.from(this.info.subarray(Info[of], Info[of] + 4)).join('.')
  }

  /** Takes the answer to IDENTIFY. */
  takeIdentity(thread: number): number {
    for (let i = 0; i < 4; i++) {
      this.info[Info.npu + i] = this.mail.word(thread, message.identify.major + 4 * i)
    }
    return 0
  }

  /** Takes the version of the uC firmware; -EOPNOTSUPP for a host queue that the driver does not speak. */
  takeCert(thread: number): number {
    const at = message.certVersion
    const byte = (offset: number): number =>
      (this.mail.word(thread, offset) >>> ((offset & 3) * 8)) & 0xff
    this.info[Info.cert] = byte(at.major)
    this.info[Info.cert + 1] = byte(at.minor)
    this.info[Info.cert + 2] = byte(at.hotfix)
    this.info[Info.cert + 3] = byte(at.build)
    const major = this.mail.half(thread, at.hostQueueMajor)
    const minor = this.mail.half(thread, at.hostQueueMinor)
    if (major === this.facts.hostQueue.major && minor >= this.facts.hostQueue.minor) return 0
    const call = this.threads.call[thread]
    return this.refusals.note(thread, call, errno.EOPNOTSUPP, Reason.hostQueueVersion, major, minor)
  }

  /** Takes the geometry of the array. */
  takeTileInfo(thread: number): number {
    const at = message.tileInfo
    this.info[Info.columns] = Math.min(this.facts.device.columns, this.mail.half(thread, at.cols))
    this.info[Info.rows] = this.mail.half(thread, at.rows)
    this.info[Info.coreRows] = this.mail.half(thread, at.coreRows)
    return 0
  }

  /** Takes the partition that was made. */
  takePartition(thread: number): number {
    this.info[Info.partition] = this.mail.word(thread, message.createPartition.replyId)
    return 0
  }
}
