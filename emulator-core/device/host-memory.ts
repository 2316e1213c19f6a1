/**
 * Host memory facts: the device heap of each profile, how the device reaches host memory, and the switches of a
 * project that change either.
 *
 * A switch set away from the public driver's behaviour is a "what if" and keeps the source of what it borrows.
 */
import { fact, guess } from './fact.ts'
import type { Fact, Plain } from './fact.ts'

/** A device heap: addresses the device sees, made of chunks that the process adds. Chunk 0: there is none. */
interface HeapFacts {
  readonly base: Fact<number>
  readonly chunkBytes: Fact<number>
  readonly maxBytes: Fact<number>
  /** Alignment of a buffer in it. */
  readonly alignBytes: Fact<number>
  /** More than one chunk is allowed. */
  readonly grows: Fact<boolean>
}

const from = 'xdna-driver'

/** Also what the switch `heap: "expandable"` gives a device without a heap. */
const expandable: HeapFacts = {
  base: fact(0x400_0000, from, 'npu4_regs.c: start of device memory'),
  chunkBytes: fact(64 << 20, from, 'npu4_regs.c: alignment and step of a heap'),
  maxBytes: fact(512 << 20, from, 'npu4_regs.c: largest heap'),
  alignBytes: fact(1 << 15, from, 'aie2_pci.h: shift of a device buffer'),
  grows: fact(true, from, 'npu4_regs.c: contexts take further chunks'),
}

export const heapFacts = {
  aie4: {
    base: fact(0, from, 'npu3_regs.c: no device memory'),
    chunkBytes: fact(0, from, 'npu3_regs.c'),
    maxBytes: fact(0, from, 'npu3_regs.c'),
    alignBytes: fact(1 << 15, from, 'aie2_pci.h'),
    grows: fact(false, from, 'npu3_regs.c'),
  },
  npu4: expandable,
  npu1: {
    ...expandable,
    maxBytes: fact(64 << 20, from, 'npu1_regs.c: one chunk'),
    grows: fact(false, from, 'npu1_regs.c: a second chunk is refused'),
  },
} satisfies Record<string, HeapFacts>

export const reachFacts = {
  iovaBits: fact(47, from, 'amdxdna_iommu.c: width of its own addresses'),
  memlockBytes: guess(8 << 20, 'default limit of locked memory of a Linux process'),
  virtioRoundTrip: guess(
    20,
    'microseconds from a guest to its host and back; no public measurement',
  ),
}

/** Where the settings come from that a project may switch a profile to. */
export const switchFacts = {
  heap: fact('expandable', from, 'npu4_regs.c: the generation before; not public for AIE4'),
  coherent: fact(false, from, 'shim kmq/pcidev.cpp: the generation before flushes'),
  deferredMapping: fact(true, from, 'vaccel_amdxdna.h: the host of a guest maps on demand'),
  forceIova: fact(true, from, 'amdxdna_iommu.c: module parameter'),
  cma: fact(true, from, 'amdxdna_gem.c: the npu3a build'),
}

/** Where the IOMMU stands: process page tables by PASID, page tables of the driver only, or no IOMMU. */
export type IommuKind = 'sva' | 'plain' | 'absent'

/** What a project, or whoever builds a machine, may set; absent is the profile's own. */
export interface HostSwitches {
  readonly heap?: 'flat' | 'expandable'
  readonly coherent?: boolean
  /** The guest's way to memory: a buffer gets host memory when it is mapped, not when it is made. */
  readonly deferredMapping?: boolean
  readonly iommu?: IommuKind
  /** The driver's module parameter. */
  readonly forceIova?: boolean
  /** The build whose buffers come from contiguous memory. */
  readonly cma?: boolean
  readonly iovaBits?: number
  /** One function with everything, or a physical function that makes virtual ones. */
  readonly function?: 'classic' | 'pf'
  /** Most VFs; more than the public driver shows is a "what if". */
  readonly vfLimit?: 4 | 64
}

export interface HostMemory {
  readonly heap: Plain<HeapFacts>
  readonly coherent: boolean
  readonly deferred: boolean
  readonly iommu: IommuKind
  readonly forceIova: boolean
  readonly cma: boolean
  /** `pasid`: the map of the process. `iova`: addresses of the driver's own. `physical`: none of them. */
  readonly addressing: 'pasid' | 'iova' | 'physical'
  readonly iovaTop: number
}
