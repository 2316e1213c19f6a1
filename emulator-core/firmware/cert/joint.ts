/**
 * Joint operations: what the operations at which all uCs of a command meet have at hand.
 */
import type { CertFacts } from '../../device/uc-facts.ts'
import type { Sim } from '../../sim/sim.ts'
import type { Barriers } from './barriers.ts'
import type { UcDma } from './dma.ts'
import type { Jobs } from './jobs.ts'
import type { OperationListener } from './stage.ts'
import type { CertState } from './state.ts'

export class Joint {
  protected readonly sim: Sim
  protected readonly facts: CertFacts
  protected readonly state: CertState
  protected readonly jobs: Jobs
  protected readonly dma: UcDma
  protected readonly barriers: Barriers
  protected readonly listener: OperationListener

  constructor(
    sim: Sim,
    facts: CertFacts,
    state: CertState,
    jobs: Jobs,
    dma: UcDma,
    barriers: Barriers,
    listener: OperationListener,
  ) {
    this.sim = sim
    this.facts = facts
    this.state = state
    this.jobs = jobs
    this.dma = dma
    this.barriers = barriers
    this.listener = listener
  }
}
