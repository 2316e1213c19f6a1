/** Operations that exist upstream and are not emulated: each gets a named diagnostic, never a parse error. */
import type { OpRow } from './row.ts'

const groups: Readonly<Record<string, readonly string[]>> = {
  'the packet network': [
    'aie.masterset', 'aie.amsel', 'aie.packet_rules',
    'aie.rule', 'aiex.broadcast_packet', 'aiex.bp_id', 'aiex.bp_dest',
  ],
  'an already routed switch': [
    'aie.switchbox', 'aie.connect', 'aie.shim_mux', 'aie.shim_switchbox', 'aie.wire', 'aie.plio',
  ],
  'the cascade between cores': [
    'aie.cascade_flow', 'aie.configure_cascade', 'aie.put_cascade', 'aie.get_cascade',
  ],
  'the stream port of a core': ['aie.put_stream', 'aie.get_stream'],
  'trace configuration': [
    'aie.trace', 'aie.trace.mode', 'aie.trace.packet', 'aie.trace.event', 'aie.trace.port', 'aie.trace.start',
    'aie.trace.stop', 'aie.trace.combo_event', 'aie.trace.edge_event', 'aie.trace.host_config',
    'aie.trace.start_config', 'aie.trace.config', 'aie.trace.reg',
  ],
  'loading another configuration from a sequence': [
    'aiex.npu.load_pdi', 'aiex.configure', 'aiex.run',
  ],
  'a control packet': ['aiex.control_packet'],
  'a reset from a sequence': ['aiex.dma_channel_reset', 'aiex.dma_channel_reset_for', 'aiex.core_reset'],
  'the scratchpad': [
    'aiex.npu.create_scratchpad', 'aiex.npu.update_from_scratchpad', 'aiex.sync_scratchpad_parameters_from_host',
    'aiex.scratchpad_parameter', 'aiex.read_scratchpad_parameter',
  ],
  'a run-time check of a descriptor': ['aiex.npu.assert_bd_field', 'aiex.npu.assert_bd_divisible'],
  'a named chain of descriptors': ['aie.bd_chain', 'aiex.dma_start_bd_chain', 'aiex.dma_start_bd_chain_for'],
  'a pool of descriptors': ['aiex.dma_bd_pool_pop', 'aiex.dma_bd_pool_push'],
  'the sugar for many streams': ['aiex.multicast', 'aiex.multi_dest'],
  'an external buffer of an objectFifo': ['aie.objectfifo.register_external_buffers', 'aie.objectfifo.rearm_binding'],
  'the switch over many blocks': ['cf.switch'],
  'vector code in the text of a design': [
    'vector.transfer_read', 'vector.transfer_write', 'vector.load', 'vector.store', 'vector.broadcast', 'vector.fma',
    'vector.contract', 'vector.reduction', 'vector.shape_cast', 'vector.extract', 'vector.insert', 'vector.splat',
  ],
  'a library of functions': ['math.exp', 'math.tanh', 'math.sqrt', 'math.rsqrt', 'math.absf', 'linalg.fill', 'linalg.generic'],
}

export const missingRows: readonly OpRow[] = Object.entries(groups).flatMap(([missing, names]) =>
  names.map((name) => ({ name, doc: `Known, but ${missing} is not emulated yet.`, groups: [], missing })),
)
