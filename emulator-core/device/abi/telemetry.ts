/** Telemetry: the header that the driver writes and the counters of the management firmware behind it. */
import { fact, guess, resolve } from '../fact.ts'

const from = 'xdna-driver'

export const telemetryFacts = {
  header: fact({ major: 0, minor: 4, type: 8, mapCount: 12, map: 16 }, from, 'amdxdna_accel.h'),
  /** Entries of the map from firmware context id to handle. */
  mapEntries: fact(1024, from, 'aie4_message.c'),
  types: fact(2, from, 'aie4_msg_priv.h'),
  leastBuffer: fact(128 << 10, from, 'aie4_msg_priv.h'),
  mostBuffer: fact(4 << 20, from, 'aie4_message.c'),
  payloadBytes: fact(16_856, from, 'src/shim/device.cpp'),
  /** Byte offsets of the payload; 64-bit counters are 4-aligned. */
  payload: fact(
    {
      enabled: 0,
      domains: 4,
      interrupts: 12,
      starts: 20,
      schedules: 60,
      dma: 100,
      partitions: 108,
      hypervisorTrace: 140,
      supervisorTrace: 204,
      cursors: 460,
      frame: 472,
      checkpoint: 8664,
    },
    from,
    'src/shim/device.cpp',
  ),
  /** Controllers: the hypervisor, then the supervisors. */
  supervisors: fact(4, from, 'src/shim/device.cpp'),
  traceOpcodes: fact(16, from, 'src/shim/device.cpp'),
  /** Domains that sleep deeply, in the order of their bytes. */
  domains: fact(['ipuaie', 'ipuhclk', 'nbif', 'axi2sdp', 'mpipu', 'sram'], from, 'device.cpp'),
  domainUse: guess(
    'a byte counts how often its domain has fallen asleep, modulo 256: ipuaie and axi2sdp with the last context, the others when nothing runs, mpipu never',
    'only the names of the bytes are published',
  ),
}

export const telemetry = resolve(telemetryFacts)

/** Bytes in front of the payload. */
export const telemetryHeaderBytes = telemetry.header.map + 4 * telemetry.mapEntries
