/** Mailbox: rings in SRAM between the driver and the management firmware, and the messages that travel in them. */
import { fact, resolve } from '../fact.ts'

const from = 'xdna-driver'

export const mailboxFacts = {
  /** Words of the block at the start of SRAM, as byte offsets. */
  infoBlock: fact(
    {
      valid: 0,
      protocolMajor: 4,
      protocolMinor: 8,
      x2iTail: 12,
      x2iHead: 16,
      x2iBuffer: 20,
      x2iSize: 24,
      i2xTail: 28,
      i2xHead: 32,
      i2xBuffer: 36,
      i2xSize: 40,
      i2xVector: 44,
    },
    from,
    'aie4_pci.c: mailbox info',
  ),
  infoBytes: fact(64, from, 'aie4_pci.c'),
  /** Message header, byte offsets. */
  header: fact({ totalSize: 0, sizeAndVersion: 4, id: 8, opcode: 12 }, from, 'amdxdna_mailbox.c'),
  headerBytes: fact(16, from, 'amdxdna_mailbox.c'),
  bodySizeMask: fact(0x7ff, from, 'sz_ver bits 10:0'),
  versionShift: fact(16, from, 'sz_ver bits 23:16'),
  version: fact(1, from),
  idBase: fact(0x1d00_0000, from, 'message ids are this | n'),
  idCount: fact(256, from, 'n is cyclic 0..255'),
  tombstone: fact(0xdead_face, from, 'rest of the ring is unused, go on at 0'),
  /** Bytes of a ring that stay free so that full and empty differ. */
  gapBytes: fact(4, from),
  status: fact({ success: 0, error: 1, notSupported: 2 }, from, 'aie4_msg_priv.h'),
  pasidValid: fact(0x8000_0000, from, 'bit 31 of a PASID word'),
  pasidMask: fact(0xf_ffff, from, 'bits 19:0 of a PASID word'),
}

export const mailbox = resolve(mailboxFacts)

/** Opcodes of the messages that exist in the driver we follow. */
export const MailOpcode = {
  echo: 0x10001,
  identify: 0x10002,
  suspend: 0x10003,
  asyncEventReport: 0x10004,
  getTelemetry: 0x10006,
  setRuntimeConfig: 0x10007,
  getRuntimeConfig: 0x10008,
  startTrace: 0x1000a,
  stopTrace: 0x1000b,
  setTraceCategories: 0x1000c,
  queryCertFirmwareVersion: 0x1000f,
  setupPriorityBands: 0x10010,
  asyncEventNote: 0x10012,
  createVfs: 0x20001,
  destroyVfs: 0x20002,
  configureVf: 0x20003,
  createPartition: 0x30001,
  destroyPartition: 0x30002,
  createHwContext: 0x30003,
  destroyHwContext: 0x30004,
  configureHwContext: 0x30005,
  aieTileInfo: 0x30006,
  aieVersionInfo: 0x30007,
  aieColumnInfo: 0x30008,
  powerOverride: 0x3000b,
  aieRwAccess: 0x3000e,
  aieCoredump: 0x30010,
  getDpmFreqTable: 0x30012,
  getCurrentDpmLevel: 0x30013,
  attachWorkBuffer: 0x40001,
  startLog: 0x40003,
  stopLog: 0x40004,
  calibrateClock: 0x40006,
  /** Of devices with a heap, in their own numbering. */
  mapHostBuffer: 0x106,
  addHostBuffer: 0x115,
} as const

/** Name, request bytes and response bytes (payload only) of one message. */
export interface MessageSpec {
  readonly name: string
  readonly request: number
  readonly response: number
}

const messages: Readonly<Record<number, MessageSpec>> = {
  [MailOpcode.echo]: { name: 'ECHO', request: 8, response: 12 },
  [MailOpcode.identify]: { name: 'IDENTIFY', request: 4, response: 20 },
  [MailOpcode.suspend]: { name: 'SUSPEND', request: 4, response: 4 },
  [MailOpcode.asyncEventReport]: { name: 'ASYNC_EVENT_REPORT', request: 16, response: 8 },
  [MailOpcode.getTelemetry]: { name: 'GET_TELEMETRY', request: 24, response: 4 },
  [MailOpcode.setRuntimeConfig]: { name: 'SET_RUNTIME_CONFIG', request: 8, response: 4 },
  [MailOpcode.getRuntimeConfig]: { name: 'GET_RUNTIME_CONFIG', request: 4, response: 8 },
  [MailOpcode.startTrace]: { name: 'START_FW_TRACE', request: 32, response: 4 },
  [MailOpcode.stopTrace]: { name: 'STOP_FW_TRACE', request: 4, response: 4 },
  [MailOpcode.setTraceCategories]: {
    name: 'SET_FW_TRACE_CATEGORIES',
    request: 8,
    response: 4,
  },
  [MailOpcode.aieColumnInfo]: { name: 'AIE_COLUMN_INFO', request: 24, response: 8 },
  [MailOpcode.aieRwAccess]: { name: 'AIE_RW_ACCESS', request: 32, response: 8 },
  [MailOpcode.aieCoredump]: { name: 'AIE_COREDUMP', request: 24, response: 36 },
  [MailOpcode.startLog]: { name: 'START_FW_LOG', request: 20, response: 4 },
  [MailOpcode.stopLog]: { name: 'STOP_FW_LOG', request: 4, response: 4 },
  [MailOpcode.queryCertFirmwareVersion]: {
    name: 'QUERY_CERT_FIRMWARE_VERSION',
    request: 4,
    response: 64,
  },
  [MailOpcode.setupPriorityBands]: {
    name: 'SETUP_SCHEDULING_PRIORITY_BANDS',
    request: 36,
    response: 4,
  },
  [MailOpcode.createVfs]: { name: 'CREATE_VFS', request: 4, response: 4 },
  [MailOpcode.destroyVfs]: { name: 'DESTROY_VFS', request: 4, response: 4 },
  [MailOpcode.createPartition]: { name: 'CREATE_PARTITION', request: 8, response: 8 },
  [MailOpcode.destroyPartition]: { name: 'DESTROY_PARTITION', request: 4, response: 4 },
  [MailOpcode.createHwContext]: { name: 'CREATE_HW_CONTEXT', request: 24, response: 16 },
  [MailOpcode.destroyHwContext]: { name: 'DESTROY_HW_CONTEXT', request: 8, response: 8 },
  [MailOpcode.configureHwContext]: { name: 'CONFIGURE_HW_CONTEXT', request: 84, response: 4 },
  [MailOpcode.aieTileInfo]: { name: 'AIE_TILE_INFO', request: 4, response: 48 },
  [MailOpcode.aieVersionInfo]: { name: 'AIE_VERSION_INFO', request: 4, response: 8 },
  [MailOpcode.powerOverride]: { name: 'POWER_OVERRIDE', request: 4, response: 4 },
  [MailOpcode.getDpmFreqTable]: { name: 'GET_DPM_FREQ_TABLE', request: 4, response: 92 },
  [MailOpcode.getCurrentDpmLevel]: { name: 'GET_CURRENT_DPM_LEVEL', request: 4, response: 12 },
  [MailOpcode.attachWorkBuffer]: { name: 'ATTACH_WORK_BUFFER', request: 16, response: 4 },
  [MailOpcode.mapHostBuffer]: { name: 'MAP_HOST_BUFFER', request: 20, response: 4 },
  [MailOpcode.addHostBuffer]: { name: 'ADD_HOST_BUFFER', request: 20, response: 4 },
  [MailOpcode.calibrateClock]: { name: 'CALIBRATE_CLOCK', request: 8, response: 4 },
}

export const messageFacts = {
  table: fact(messages, from, 'aie4_msg_priv.h, sizes of its packed structures'),
  /** Payload byte offsets; a response starts with its status word at 0. */
  identify: fact({ major: 4, minor: 8, patch: 12, build: 16 }, from),
  certVersion: fact(
    {
      major: 4,
      minor: 5,
      hash: 6,
      hashBytes: 41,
      date: 47,
      dateBytes: 11,
      hotfix: 58,
      build: 59,
      hostQueueMajor: 60,
      hostQueueMinor: 62,
    },
    from,
  ),
  aieVersion: fact({ major: 4, minor: 6 }, from),
  tileInfo: fact(
    {
      size: 4,
      major: 8,
      minor: 10,
      cols: 12,
      rows: 14,
      coreRows: 16,
      memRows: 18,
      shimRows: 20,
      coreRowStart: 22,
      memRowStart: 24,
      shimRowStart: 26,
      coreDma: 28,
      memDma: 30,
      shimDma: 32,
      coreLocks: 34,
      memLocks: 36,
      shimLocks: 38,
      coreEvents: 40,
      memEvents: 42,
      shimEvents: 44,
    },
    from,
    'behind the status word',
  ),
  createPartition: fact({ start: 0, count: 4, replyId: 4 }, from),
  createContext: fact(
    {
      partition: 0,
      numTiles: 4,
      queueHigh: 8,
      queueLow: 12,
      pasid: 16,
      band: 20,
      level: 21,
      restoreId: 22,
      replyId: 4,
      replyDoorbell: 8,
      replyVector: 12,
    },
    from,
  ),
  destroyContext: fact({ id: 0, flags: 4 }, from),
  configureContext: fact(
    {
      id: 0,
      property: 4,
      band: 8,
      quantum: 8,
      inProcess: 12,
      level: 16,
      gops: 8,
      fps: 12,
      bytesMoved: 16,
      latencyUs: 20,
    },
    from,
    'aie4_msg_priv.h: the union behind the property',
  ),
  priorityBands: fact({ quantum: 0, normalShare: 32 }, from, 'four 64-bit quanta, then percent'),
  buffer: fact({ low: 0, high: 4, pasid: 8, size: 12 }, from, 'work buffer and async report'),
  hostBuffer: fact(
    { context: 0, low: 4, high: 8, sizeLow: 12, sizeHigh: 16 },
    from,
    'aie2_msg_priv.h: a chunk of the heap',
  ),
  asyncReply: fact({ type: 4 }, from),
  powerOverride: fact({ mode: 0 }, from),
  runtimeConfig: fact({ type: 0, value: 4 }, from),
  runtimeConfigType: fact(
    { forcePreemption: 1, logLevel: 5, traceStatus: 7, certTimeoutMs: 0xc, hysteresis: 0xd },
    from,
  ),
  columnInfo: fact(
    { low: 0, high: 4, size: 8, pasid: 12, bitmap: 20, replySize: 4 },
    from,
    'aie4_msg_priv.h',
  ),
  telemetry: fact({ type: 0, low: 4, high: 8, pasid: 12, size: 16, context: 20 }, from),
  /** Memory and register form of one request: byte 0 says which. */
  rwAccess: fact(
    {
      operation: 0,
      context: 2,
      row: 4,
      column: 5,
      low: 8,
      high: 12,
      bufferSize: 16,
      tileAddress: 20,
      length: 24,
      pasid: 28,
      register: 8,
      value: 12,
      replyValue: 4,
    },
    from,
    'aie4_msg_priv.h',
  ),
  rwOperation: fact({ memRead: 0, memWrite: 1, regRead: 2, regWrite: 3 }, from),
  coredump: fact({ context: 0, pasid: 4, count: 8, low: 16, high: 20 }, from),
  /** An entry of the list of dump buffers. */
  coredumpEntry: fact({ low: 0, high: 4, size: 8, bytes: 16 }, from, 'aie4_msg_priv.h'),
  startLog: fact({ low: 0, high: 4, size: 8, level: 12 }, from),
  startTrace: fact(
    { categories: 0, destination: 8, timestamp: 12, low: 16, high: 20, size: 24 },
    from,
  ),
  traceTimestamp: fact({ none: 0, nsOffset: 1 }, from),
  dpmLevel: fact({ aie: 4, h: 8 }, from),
  dpmTable: fact({ aieCount: 4, aie: 8, hCount: 48, h: 52, levels: 10 }, from),
}

export const message = resolve(messageFacts)

/** What firmware may be able to do beyond the messages that every one has. */
export type FeatureName = 'coredump' | 'tileAccess' | 'log' | 'trace' | 'calibrateClock'

/** A range of protocols and what it switches on; no upper minor is 0. */
interface FeatureRow {
  readonly major: number
  readonly minMinor: number
  readonly maxMinor: number
  readonly features: readonly FeatureName[]
}

const featureRows: readonly FeatureRow[] = [
  {
    major: 6,
    minMinor: 0,
    maxMinor: 0,
    features: ['coredump', 'tileAccess', 'log', 'trace', 'calibrateClock'],
  },
]

export const featureFacts = { rows: fact(featureRows, from, 'npu3_regs.c, aie.c: the match rule') }

export const protocolFeatures = featureFacts.rows.value

/** The name of a message, for people. */
export function messageName(opcode: number): string {
  return message.table[opcode]?.name ?? `message 0x${opcode.toString(16)}`
}
