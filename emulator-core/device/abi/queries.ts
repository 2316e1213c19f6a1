/** Queries: parameters of GET_ARRAY and GET_INFO, and the records that the answered ones copy to the process. */
import { fact, resolve } from '../fact.ts'

const from = 'xdna-driver'

export const queryFacts = {
  /** Parameters of GET_ARRAY by name. */
  array: fact(
    {
      hwContextAll: 0,
      hwContextById: 1,
      lastAsyncError: 2,
      fwLog: 3,
      fwTrace: 4,
      coredump: 5,
      boUsage: 6,
      fwLogConfig: 7,
      fwTraceConfig: 8,
      tileRead: 9,
    },
    from,
    'amdxdna_accel.h',
  ),
  /** Parameters of GET_INFO by name. */
  info: fact(
    {
      aieStatus: 0,
      aieMetadata: 1,
      aieVersion: 2,
      clockMetadata: 3,
      sensors: 4,
      hwContexts: 5,
      firmwareVersion: 8,
      powerMode: 9,
      telemetry: 10,
      forcePreempt: 11,
      resourceInfo: 12,
      framePreempt: 13,
      certFirmwareVersion: 14,
      autoCoredump: 15,
    },
    from,
    'amdxdna_accel.h',
  ),
  /** The last asynchronous error: three 64-bit fields. */
  asyncError: fact({ code: 0, timestamp: 8, extra: 16 }, from, 'amdxdna_accel.h'),
  asyncErrorBytes: fact(24, from, 'amdxdna_accel.h'),
  /** Memory of one process: whom it is asked about, and three sums. */
  boUsage: fact({ pid: 0, total: 8, internal: 16, heap: 24 }, from, 'amdxdna_accel.h'),
  boUsageBytes: fact(32, from, 'amdxdna_accel.h'),
  /** A hardware context; a query by id has its id and pid filled in. */
  hwContext: fact(
    {
      id: 0,
      startCol: 4,
      numCol: 8,
      fwId: 12,
      pid: 16,
      submissions: 24,
      completions: 32,
      migrations: 40,
      preemptions: 48,
      errors: 56,
      priority: 64,
      heapUsage: 72,
      suspensions: 80,
      state: 88,
      pasid: 92,
      gops: 96,
      fps: 100,
      dmaBandwidth: 104,
      latency: 108,
      frameTime: 112,
      opIndex: 116,
      pc: 120,
      fatal: 124,
      name: 144,
    },
    from,
    'amdxdna_accel.h',
  ),
  processNameBytes: fact(16, from, 'amdxdna_accel.h: the last field of the entry'),
  hwContextBytes: fact(160, from, 'amdxdna_accel.h'),
  /** The older form: the front part of the same entry. */
  hwContextOldBytes: fact(64, from, 'amdxdna_accel.h'),
  hwContextById: fact({ leastBytes: 24 }, from, 'id and pid have to fit'),
  hwContextAll: fact({ mostBytes: 4096, mostElements: 1024 }, from, 'amdxdna_pci_drv.c'),
  hwContextState: fact({ idle: 0, active: 1 }, from, 'amdxdna_accel.h'),
  /** A version: four words. */
  versionBytes: fact(16, from, 'amdxdna_accel.h'),
}

export const queries = resolve(queryFacts)
