/**
 * Control code for readers: what operands mean and how operations hold up a job. The table of operations in
 * control-code.ts says which there are; a test holds the two together.
 */
import { fact, resolve } from '../fact.ts'
import { Opcode } from './control-code.ts'

/** How an operation holds up the job that executes it. */
export type Holding =
  | 'never'
  | 'until done'
  | 'retries'
  | 'spins'
  | 'yields'
  | 'special'
  | 'structure'

const holdings: Readonly<Record<number, Holding>> = {
  [Opcode.startJob]: 'structure',
  [Opcode.startJobDeferred]: 'structure',
  [Opcode.startCondJobPreempt]: 'special',
  [Opcode.endJob]: 'structure',
  [Opcode.eof]: 'structure',
  [Opcode.ucDmaWriteDes]: 'retries',
  [Opcode.waitUcDma]: 'until done',
  [Opcode.ucDmaWriteDesSync]: 'until done',
  [Opcode.waitTcts]: 'until done',
  [Opcode.localBarrier]: 'until done',
  [Opcode.remoteBarrier]: 'until done',
  [Opcode.poll32]: 'retries',
  [Opcode.maskPoll32]: 'retries',
  [Opcode.relAcqSync]: 'spins',
  [Opcode.ucDmaMaskPollExt]: 'spins',
  [Opcode.sleep]: 'spins',
  [Opcode.yield]: 'yields',
  [Opcode.loadPdi]: 'special',
  [Opcode.loadCores]: 'special',
  [Opcode.loadCoresCp]: 'special',
  [Opcode.loadLastPdi]: 'special',
  [Opcode.preempt]: 'special',
}

const holdingWords: Readonly<Record<Holding, string>> = {
  never: 'Never holds up its job.',
  'until done': 'Blocks: the job sleeps, other jobs run.',
  retries: 'Blocks: it is tried again, other jobs run in between.',
  spins: 'Spins: no other job of the uC runs meanwhile.',
  yields: 'Ends the turn of its job.',
  special: 'Special: jobs behind it on the page wait for its end.',
  structure: 'Structure of the page, takes a turn like any operation.',
}

/** What each written operand means, by its name in the table of operations. */
const operandWords: Readonly<Record<string, string>> = {
  job_id: 'Number of the job; unique on its page.',
  wait_handle: 'Register that holds the handle of the chain.',
  descriptor_ptr: 'Label of the first UC_DMA_BD of a chain on the same page.',
  address:
    'Address in the array: column × 0x2000000 plus tile and register; for READ_32_D a register that holds it.',
  mask: 'Bits that count.',
  value: 'The word; where it is read or written through a register, that register.',
  core_elf_id: 'Number of the core image; an image that is loaded already is not loaded again.',
  core_elf_page: 'Scope that loads the cores.',
  tile_id: 'Tile, as TILE_column_row.',
  actor_id: 'DMA channel of the tile.',
  target_tcts: 'How many tokens to take.',
  flags: 'Bit 1: the address is a number. Bit 0: the value is a number.',
  table_ptr: 'Label of the first descriptor image.',
  num_entries: 'How many descriptor images follow.',
  offset: 'Number of the argument to add, or 0xFFFF for the address of the control code.',
  dest: 'Register that changes.',
  local_barrier_id: 'Barrier of this uC, $lb0 to $lb15.',
  num_participants: 'How many jobs meet there.',
  remote_barrier_id: 'Barrier between uCs, $rb0 and up.',
  party_mask: 'Which uCs meet: bit k is uC k.',
  info: 'Where the probe lies.',
  id: 'Number of the point.',
  save_page: 'Scope that saves what must survive.',
  restore_page: 'Scope that brings it back.',
  pdi_id: 'Number of the configuration; one that is loaded already is not loaded again.',
  pdi_page: 'Scope that configures the array.',
  unq_id: 'Number that the record carries.',
  target: 'Microseconds.',
  rel_addr: 'Lock request that is made once.',
  acq_addr: 'Lock request that is repeated until it succeeds.',
  address_high: 'Upper half of the address.',
  address_low: 'Lower half of the address.',
  buffer_id: 'Number of the buffer.',
}

const referenceFacts = {
  holdings: fact(holdings, 'aiebu-spec', 'semantics of the operations'),
}

const { holdings: known } = resolve(referenceFacts)

/** How an operation holds up its job, as a sentence. */
export function holdingOf(code: number): string {
  return holdingWords[known[code] ?? 'never']
}

/** What an operand means; empty for one that nobody has described. */
export function operandMeaning(name: string): string {
  return operandWords[name] ?? ''
}
