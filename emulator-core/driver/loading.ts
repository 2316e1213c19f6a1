/**
 * Loading: the part of a probe that needs no running firmware, up to the start of the controller.
 *
 *     PCI identity ─ BARs ─ two images from the disk ─ vectors ─ work buffer ─ SMU off, on ─ PSP validate ×2, start
 *
 * Faithful    order, checks, what each failure is called; a VF loads nothing
 * Simplified  the kernel never gives the memory of images and work buffer back
 */
import { errno } from '../device/abi/ioctl.ts'
import { powerUp } from '../device/abi/power-up.ts'
import { fieldOf } from '../device/functions.ts'
import type { FunctionKind } from '../device/functions.ts'
import type { HostFacts } from '../device/host-facts.ts'
import { identify, identity } from '../device/identity.ts'
import type { Sim } from '../sim/sim.ts'
import type { Soc } from '../soc/soc.ts'
import { BootKind, fileWord, pciWord } from './boot-log.ts'
import type { BootLog } from './boot-log.ts'
import type { BootStep } from './boot-steps.ts'
import type { FirmwareFile, FirmwareFiles } from './firmware-files.ts'
import type { Handshakes } from './handshakes.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import type { Threads } from './threads.ts'

/** Numbers of `memory`: addresses plus 1 (0: none yet) and bytes. */
const Memory = { npu: 0, npuBytes: 1, cert: 2, certBytes: 3, work: 4, count: 5 } as const

const withFirmware: readonly FunctionKind[] = ['classic', 'pf']

export class Loading {
  /** Steps of a probe before the power comes on, and those that start the controller. */
  readonly probe: readonly BootStep[]
  readonly start: readonly BootStep[]
  /** Steps that stop the controller and take its power. */
  readonly stop: readonly BootStep[]
  private readonly memory: Float64Array
  private readonly facts: HostFacts
  private readonly soc: Soc
  private readonly threads: Threads
  private readonly refusals: Refusals
  private readonly log: BootLog
  private readonly files: FirmwareFiles
  private readonly hands: Handshakes
  private readonly fn: number

  constructor(
    sim: Sim,
    facts: HostFacts,
    soc: Soc,
    threads: Threads,
    refusals: Refusals,
    log: BootLog,
    files: FirmwareFiles,
    hands: Handshakes,
    fn: number,
  ) {
    this.facts = facts
    this.soc = soc
    this.threads = threads
    this.refusals = refusals
    this.log = log
    this.files = files
    this.hands = hands
    this.fn = fn
    this.memory = sim.state.f64(fieldOf('driver.loading.memory', fn), Memory.count)
    const { smu, psp } = powerUp
    this.probe = [
      { kind: BootKind.pci, what: () => this.pci, run: (thread) => this.find(thread) },
      { kind: BootKind.bars, run: (thread) => this.map(thread) },
      this.readStep('npu'),
      this.readStep('cert'),
      { kind: BootKind.vectors, run: (thread, _, record) => this.takeVectors(thread, record) },
      {
        of: withFirmware,
        kind: BootKind.workBuffer,
        what: () => facts.workBufferBytes,
        run: (thread, _, record) => this.setAside(thread, record),
      },
    ]
    this.start = [
      this.smuStep(smu.command.powerOff),
      this.smuStep(smu.command.powerOn),
      this.pspStep(psp.command.validateNpu, Memory.npu),
      this.pspStep(psp.command.validateCert, Memory.cert),
      this.pspStep(psp.command.start, -1),
    ]
    this.stop = [this.pspStep(psp.command.release, -1), this.smuStep(smu.command.powerOff)]
  }

  /** The identity that the function shows, as one number. */
  get pci(): number {
    return pciWord(this.soc.pci.device(this.fn), this.soc.pci.revision(this.fn))
  }

  /** Whether the function is of the early build whose firmware has to echo. */
  get echoes(): boolean {
    const { pci } = this.soc
    return identify(pci.device(this.fn), pci.revision(this.fn))?.echoes === true
  }

  /** Physical address of the work buffer. */
  get workBuffer(): number {
    return this.memory[Memory.work] - 1
  }

  private find(thread: number): number {
    const device = this.soc.pci.device(this.fn)
    const revision = this.soc.pci.revision(this.fn)
    const row = identify(device, revision)
    const { forceIova, iommu } = this.facts.memory
    if (row === undefined) {
      return this.refuse(thread, errno.ENODEV, Reason.pciUnknown, device, revision)
    }
    if (row.profile !== this.facts.profile || row.role !== this.facts.functions.kinds[this.fn]) {
      return this.refuse(thread, errno.ENODEV, Reason.pciForeign, device, revision)
    }
    if (forceIova && iommu === 'absent') return this.refuse(thread, errno.ENODEV, Reason.noGroup)
    return 0
  }

  private map(thread: number): number {
    const { bar } = this.facts
    const isVf = this.facts.functions.kinds[this.fn] === 'vf'
    const wanted = isVf ? [bar.mailbox, bar.sram] : [bar.mailbox, bar.sram, bar.psp, bar.smu]
    const lost = wanted.find((each) => !this.soc.pci.canMap(this.fn, each))
    return lost === undefined ? 0 : this.refuse(thread, errno.ENOMEM, Reason.barMissing, lost)
  }

  private readStep(file: FirmwareFile): BootStep {
    return {
      of: withFirmware,
      kind: BootKind.firmware,
      what: () => fileWord(this.pci, file),
      run: (thread, _, record) => this.read(thread, record, file),
    }
  }

  /** Reads a file and copies it to memory that is aligned as the PSP wants it. */
  private read(thread: number, record: number, file: FirmwareFile): number {
    const { pci } = this.soc
    const isNpu = file === 'npu'
    const bytes = this.files.sizeOf(pci.device(this.fn), pci.revision(this.fn), file)
    this.log.found(record, bytes)
    if (bytes < 0) {
      return this.refuse(thread, errno.ENOENT, Reason.firmwareMissing, this.pci, isNpu ? 0 : 1)
    }
    if (!isNpu && bytes > identity.certLimit) {
      return this.refuse(thread, errno.EINVAL, Reason.certTooLarge, bytes, identity.certLimit)
    }
    const align = isNpu ? identity.npuAlign : identity.certAlign
    const rounded = Math.ceil(Math.max(bytes, 1) / align) * align
    const at = isNpu ? Memory.npu : Memory.cert
    if (this.memory[at + 1] !== rounded) {
      const address = this.reserve(rounded, align)
      if (address < 0) return this.refuse(thread, errno.ENOMEM, Reason.noMemory, rounded)
      this.memory[at] = address + 1
      this.memory[at + 1] = rounded
    }
    this.files.copy(file, this.soc.dram.memory, this.memory[at] - 1)
    this.log.found(record, bytes, this.memory[at] - 1)
    return 0
  }

  private takeVectors(thread: number, record: number): number {
    const vectors = this.soc.pci.vectors(this.fn)
    this.log.found(record, vectors)
    return vectors > 0 ? 0 : this.refuse(thread, errno.EINVAL, Reason.noVectors, vectors)
  }

  private setAside(thread: number, record: number): number {
    const { workBufferBytes, pageBytes } = this.facts
    if (this.memory[Memory.work] === 0) {
      const page = this.soc.dram.reserve(workBufferBytes / pageBytes)
      if (page < 0) {
        const pages = workBufferBytes / pageBytes
        return this.refuse(thread, errno.ENOMEM, Reason.noMemory, pages)
      }
      this.soc.dram.commit(page, workBufferBytes / pageBytes)
      this.memory[Memory.work] = page * pageBytes + 1
    }
    this.log.found(record, this.workBuffer)
    return 0
  }

  private reserve(bytes: number, align: number): number {
    const { pageBytes } = this.facts
    const page = this.soc.dram.reserveHigh(bytes / pageBytes, align / pageBytes)
    if (page < 0) return -1
    this.soc.dram.commit(page, bytes / pageBytes)
    return page * pageBytes
  }

  private smuStep(command: number): BootStep {
    return {
      of: withFirmware,
      kind: BootKind.smu,
      what: () => command,
      run: (thread, sub, record) =>
        this.hands.smu(thread, sub, command, (response) => this.log.found(record, response)),
    }
  }

  /** A command to the PSP: about the image whose address is at `at`, or (-1) about none. */
  private pspStep(command: number, at: number): BootStep {
    const isStart = command === powerUp.psp.command.start
    return {
      of: withFirmware,
      kind: BootKind.psp,
      what: () => command,
      run: (thread, sub, record) => {
        const plain = isStart ? powerUp.psp.copyFirmware : 0
        const address = at < 0 ? plain : this.memory[at] - 1
        const bytes = at < 0 ? 0 : this.memory[at + 1]
        this.log.found(record, address, bytes)
        return this.hands.psp(thread, sub, command, address, bytes)
      },
    }
  }

  private refuse(thread: number, number: number, reason: number, a = 0, b = 0): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}
