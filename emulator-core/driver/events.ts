/** Trace records of the driver. */
export const DriverEvent = {
  /** part: thread, a: ioctl code or kernel call, b: file. */
  callBegin: 320,
  /** part: thread, a: ioctl code or kernel call, b: result (0 or a negative errno). */
  callEnd: 321,
  /** part: thread, a: opcode, b: message id. */
  mailRequest: 322,
  /** part: thread or -1, a: opcode, b: message id. */
  mailResponse: 323,
  /** part: context handle, a: low word of write_index, b: slot. */
  packetWritten: 324,
  /** part: context handle, a: low word of read_index. */
  packetsRead: 325,
  /** part: context handle, a: BAR offset. */
  doorbell: 326,
  /** part: thread, a: wait kind, b: what it waits for. */
  waitBegin: 327,
  /** part: thread, a: wait kind, b: 1 event, 2 time-out, 3 signal. */
  waitEnd: 328,
  /** part: handle, a: type, b: pages. */
  boCreated: 329,
  /** part: handle, a: virtual page number (low word). */
  boMapped: 330,
  /** part: handle, a: pages that were not there yet. */
  boPinned: 331,
  boDestroyed: 332,
  /** part: handle, a: firmware id, b: tiles. */
  contextCreated: 333,
  contextDestroyed: 334,
  /** part: thread, a: errno, b: reason. */
  refusal: 335,
  /** part: file, a: PASID, b: function. */
  fileOpened: 336,
  fileClosed: 337,
  /** part: sequence, a: kind of step, b: what exactly (boot-log.ts). A step up, down or back begins. */
  bringUp: 338,
  /** part: sequence, a: kind of step, b: errno, 0 when it went well. */
  bringUpEnd: 390,
  /** part: 0, a: new power state, b: old one (power-states.ts). */
  powerState: 391,
  /** part: file, a: virtual page number (low word), b: pages handed out by this touch. */
  pageFault: 339,
  /** part: context handle, a: low word of the job's sequence number, b: 0 retired, 1 aborted, 2 timed out. */
  jobEnded: 340,
  /** part: error number, a: column and row of the tile, b: event. */
  tileError: 341,
  /** part: thread, a: parameter of a query, b: bytes copied to the process. */
  answered: 342,
  /** part: error number, a: firmware id of the context, b: error type. */
  contextError: 343,
  /** part: context handle, a: firmware id. The context is taken down and made again. */
  recoveryBegin: 344,
  /** part: context handle, a: new firmware id, -1 when the firmware made none. */
  recoveryEnd: 345,
  /** part: record, a: pages. Memory was cleared when it was handed out. */
  cleared: 372,
  /** part: handle, a: physical page, b: pages. A buffer got host memory when it was needed. */
  hostMapped: 373,
  /** part: handle, a: pages. The kernel has taken the pages of a buffer elsewhere. */
  boMoved: 374,
  /** part: handle, a: pages. They were faulted in again. */
  boFaultedIn: 375,
  /** part: file, a: entries, b: pages. Memory of a process is kept for the device. */
  userPinned: 376,
  /** part: context handle, a: chunk, b: chunks that it has heard of. */
  chunkTold: 377,
  /** part: file, a: virtual page number (low word), b: lines that were dirty. */
  flushed: 349,
  /** part: 0 log, 1 trace, a: level or categories, 0 off. The firmware has taken it. */
  firmwareData: 379,
  /** part: thread, a: file, b: value. */
  debugFileWritten: 380,
  /** part: thread, a: parameter of SET_STATE, b: value. The firmware has taken it. */
  stateSet: 378,
  /** part: thread, a: 0 partition made, 1 partition ended, 2 hint, b: the partition. No ioctl asked for it. */
  experiment: 268,
  /** part: file, a: virtual page number (low word), b: lines. The process loaded what the device has stored behind. */
  staleLoad: 370,
  /** part: how many. The host has virtual functions, or has none any more. */
  vfs: 387,
  /** part: file, a: chunks, b: MiB that they have. The device heap has one more chunk. */
  heapGrew: 371,
} as const

/** What a thread in the kernel waits for. */
export const WaitKind = {
  none: 0,
  /** a: message id. */
  mail: 1,
  /** a: context row. The turn to submit. */
  turn: 2,
  /** a: context row. A free packet slot. */
  queueSlot: 3,
  /** a: context row. Completion of a packet. */
  completion: 4,
  /** a: 0. The info block. */
  firmware: 5,
  /** a: context row. The end of its recovery. */
  recovery: 6,
  /** a: row of a buffer object. The commands that use it. */
  fences: 7,
  /** a: 0. The host of a guest. */
  host: 8,
  /** a: function. The end of a sleep, a wake-up or a reset. */
  power: 9,
  /** a: 0 log, 1 trace. Something new from the firmware. */
  firmwareData: 10,
} as const

/** Words for `WaitKind`, by number. */
export const waitNames = [
  'nothing',
  'a mailbox response',
  'its turn to submit',
  'a free queue slot',
  'a completion',
  'the firmware to come up',
  'the context to come back',
  'the commands that use a buffer',
  'the host of the guest',
  'the device to sleep, wake or be reset',
  'something new from the firmware',
] as const

/** Kernel calls that are no ioctls, in the place of an ioctl code. */
export const KernelCall = {
  boot: 1,
  open: 2,
  close: 3,
  mmap: 4,
  munmap: 5,
  closeFd: 6,
  carve: 7,
  submission: 8,
  suspend: 9,
  resume: 10,
  flr: 11,
  /** Of the kernel's own worker. */
  powerWork: 12,
  /** A request to the firmware that no ioctl makes. */
  experiment: 24,
  sriov: 20,
  assign: 21,
  /** A file in the debug file system: which one, what is written. */
  debugFile: 32,
} as const

/** Debug files that are written through `KernelCall.debugFile`. */
export const DebugFile = { logLevel: 0, logToDmesg: 1, hysteresis: 2 } as const
