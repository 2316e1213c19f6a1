/** The driver's door: ioctl codes, their argument structures and the error numbers they answer. */
import { fact, resolve } from '../fact.ts'

const from = 'xdna-driver'

/** One ioctl: its name, its number and the code a process passes. */
export interface IoctlSpec {
  readonly name: string
  readonly nr: number
  readonly code: number
  readonly sizeBytes: number
}

/** Codes as the kernel macros make them: direction, size, type 'd', number from 0x40. */
function row(name: string, nr: number, code: number): IoctlSpec {
  return { name, nr, code, sizeBytes: (code >>> 16) & 0x3fff }
}

export const ioctlFacts = {
  createHwctx: fact(row('CREATE_HWCTX', 0, 0xc038_6440), from, 'amdxdna_accel.h'),
  destroyHwctx: fact(row('DESTROY_HWCTX', 1, 0xc008_6441), from, 'amdxdna_accel.h'),
  configHwctx: fact(row('CONFIG_HWCTX', 2, 0xc018_6442), from, 'amdxdna_accel.h'),
  createBo: fact(row('CREATE_BO', 3, 0xc020_6443), from, 'amdxdna_accel.h'),
  getBoInfo: fact(row('GET_BO_INFO', 4, 0xc030_6444), from, 'amdxdna_accel.h'),
  syncBo: fact(row('SYNC_BO', 5, 0xc018_6445), from, 'amdxdna_accel.h'),
  execCmd: fact(row('EXEC_CMD', 6, 0xc038_6446), from, 'amdxdna_accel.h'),
  getInfo: fact(row('GET_INFO', 7, 0xc010_6447), from, 'amdxdna_accel.h'),
  setState: fact(row('SET_STATE', 8, 0xc010_6448), from, 'amdxdna_accel.h'),
  waitCmd: fact(row('WAIT_CMD', 9, 0x4010_6449), from, 'amdxdna_accel.h'),
  getArray: fact(row('GET_ARRAY', 10, 0xc018_644a), from, 'amdxdna_accel.h'),
  gemClose: fact(row('GEM_CLOSE', -1, 0x4008_6409), from, 'generic DRM ioctl'),
  handleToFd: fact(row('PRIME_HANDLE_TO_FD', -1, 0xc00c_642d), from, 'generic DRM ioctl'),
  fdToHandle: fact(row('PRIME_FD_TO_HANDLE', -1, 0xc00c_642e), from, 'generic DRM ioctl'),
}

export const ioctls = resolve(ioctlFacts)

/** All ioctls in the order of their numbers. */
export const ioctlList: readonly IoctlSpec[] = Object.values(ioctls)

/** The ioctl of a code, if there is one. */
export function ioctlOf(code: number): IoctlSpec | undefined {
  return ioctlList.find((spec) => spec.code === code >>> 0)
}

export const argumentFacts = {
  /** Byte offsets in each argument structure. */
  createHwctx: fact(
    {
      ext: 0,
      extFlags: 8,
      qosPointer: 16,
      umqBo: 24,
      logBo: 28,
      maxOpc: 32,
      numTiles: 36,
      memSize: 40,
      umqDoorbell: 44,
      handle: 48,
      syncobj: 52,
    },
    from,
  ),
  destroyHwctx: fact({ handle: 0, pad: 4 }, from),
  configHwctx: fact({ handle: 0, paramType: 4, paramValue: 8, paramSize: 16, pad: 20 }, from),
  createBo: fact({ flags: 0, vaddr: 8, size: 16, type: 24, handle: 28 }, from),
  getBoInfo: fact(
    {
      ext: 0,
      extFlags: 8,
      handle: 16,
      pad: 20,
      mapOffset: 24,
      vaddr: 32,
      xdnaAddress: 40,
    },
    from,
  ),
  syncBo: fact({ handle: 0, direction: 4, offset: 8, size: 16 }, from),
  execCmd: fact(
    {
      ext: 0,
      extFlags: 8,
      hwctx: 16,
      type: 20,
      commandHandle: 24,
      argsPointer: 32,
      commandCount: 40,
      argCount: 44,
      seq: 48,
    },
    from,
  ),
  waitCmd: fact({ hwctx: 0, timeoutMs: 4, seq: 8 }, from),
  getInfo: fact({ param: 0, bufferSize: 4, buffer: 8 }, from),
  setState: fact({ param: 0, bufferSize: 4, buffer: 8 }, from),
  getArray: fact({ param: 0, elementSize: 4, numElement: 8, pad: 12, buffer: 16 }, from),
  gemClose: fact({ handle: 0, pad: 4 }, from),
  /** Both directions of a dma-buf. */
  prime: fact({ handle: 0, flags: 4, fd: 8 }, from, 'generic DRM structure'),
  primeFlags: fact(0x8_0002, from, 'close-on-exec and read-write'),
  /** What the `vaddr` of CREATE_BO points to; the entries follow. */
  vaTable: fact({ fd: 0, count: 4 }, from, 'amdxdna_accel.h'),
  vaTableBytes: fact(8, from),
  vaEntry: fact({ address: 0, length: 8 }, from, 'amdxdna_accel.h'),
  vaEntryBytes: fact(16, from),
  /** The block that qosPointer names. */
  qos: fact({ gops: 0, fps: 4, dmaBandwidth: 8, latency: 12, frameTime: 16, priority: 20 }, from),
  qosBytes: fact(24, from),
  boType: fact({ invalid: 0, share: 1, heap: 2, dev: 3, cmd: 4 }, from),
  direction: fact({ toDevice: 0, fromDevice: 1 }, from),
  configType: fact({ cu: 0, attachDebug: 1, detachDebug: 2 }, from),
  priority: fact({ realtime: 0x100, high: 0x180, normal: 0x200, low: 0x280 }, from),
  maxArgs: fact(4095, from, 'arg_count of EXEC_CMD'),
  noDoorbell: fact(0xffff_ffff, from, 'umq_doorbell of a kernel-mode context'),
  maxConfigBytes: fact(4096, from, 'CONFIG_HWCTX payload'),
  /** What a metadata buffer of CONFIG_HWCTX says of buffers of uCs: kind and count in its first two bytes. */
  ucBuffers: fact(
    {
      payload: 4,
      entries: 16,
      entryBytes: 8,
      entry: { uc: 0, size: 4 },
      maxUcs: 6,
      types: 4,
    },
    from,
    'amdxdna_accel.h: fw_buffer_metadata',
  ),
  /** mmap offsets below this are doorbell pages, from it on buffer objects. */
  fakeOffsetBase: fact(0x1_0000_0000, 'xdna-driver', 'generic DRM fake offsets start at 4 GiB'),
}

export const argument = resolve(argumentFacts)

/** Error numbers as Linux counts them; an ioctl answers the negative. */
export const errnoFacts = {
  numbers: fact(
    {
      EPERM: 1,
      ENOENT: 2,
      ESRCH: 3,
      EINTR: 4,
      EIO: 5,
      ENXIO: 6,
      E2BIG: 7,
      EBADF: 9,
      EAGAIN: 11,
      ENOMEM: 12,
      EACCES: 13,
      EFAULT: 14,
      EBUSY: 16,
      EEXIST: 17,
      ENODEV: 19,
      EINVAL: 22,
      EMFILE: 24,
      ENOSPC: 28,
      EPIPE: 32,
      ETIME: 62,
      EOPNOTSUPP: 95,
      ECONNRESET: 104,
      ESHUTDOWN: 108,
      ETIMEDOUT: 110,
    },
    from,
    'Linux error numbers',
  ),
}

export const errno = resolve(errnoFacts).numbers

export type ErrnoName = keyof typeof errno

/** The name of an error number, given positive or negative. */
export function errnoName(value: number): string {
  const number = value < 0 ? -value : value
  const found = Object.entries(errno).find(([, n]) => n === number)
  return found ? found[0] : `errno ${number}`
}
