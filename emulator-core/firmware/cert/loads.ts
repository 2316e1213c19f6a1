/**
 * Loads: operations that run another chain of pages to configure the array or its cores.
 *
 * Faithful    an image that is loaded already is skipped; all uCs of the command meet behind a load; the core
 *             image has one slot for both ways of loading it
 */
import { CertEvent, CertFault } from './events.ts'
import { Joint } from './joint.ts'
import { Known, Stage } from './stage.ts'
import { Chain, levels, Wait } from './state.ts'

export class Loads extends Joint {
  /** LOAD_PDI or LOAD_CORES at byte `at` of the page. Like all attempts, returns its ticks. */
  load(uc: number, j: number, at: number, size: number, isPdi: boolean): number {
    const s = this.state
    const id = s.word(uc, at + 4)
    const page = s.half(uc, at + 8)
    const known = isPdi ? s.pdiKnown[uc] : s.coresKnown[uc]
    const last = isPdi ? s.pdiId[uc] : s.coresId[uc]
    if (s.jobStage[j] === Stage.loaded) {
      if (isPdi) this.rememberPdi(uc, id, page)
      else this.rememberCores(uc, id, page)
      return this.barriers.meet(uc, j, size)
    }
    if (known !== Known.nothing && last === id) {
      // The same image may stand on another page of this command's code.
      if (isPdi) this.rememberPdi(uc, id, page)
      else this.rememberCores(uc, id, page)
      this.sim.trace.emit(CertEvent.load, uc, id | 0, -1)
      this.jobs.advance(uc, j, size)
      return this.facts.operation
    }
    return this.beginLoad(uc, j, id, page)
  }

  private beginLoad(uc: number, j: number, id: number, page: number): number {
    const s = this.state
    if (!this.mayLoad(uc)) {
      this.listener.fail(uc, this.facts.error.pdiLoad, CertFault.nestedLoad, s.pageOf(uc))
      return 0
    }
    if (!this.dma.isIdle(uc)) {
      this.jobs.block(uc, j, Wait.dmaQueue, 0, 0)
      return this.facts.operation
    }
    this.sim.trace.emit(CertEvent.load, uc, id | 0, page)
    s.jobStage[j] = Stage.loading
    this.jobs.block(uc, j, Wait.load, page, 0)
    this.listener.load(uc, page, Chain.load)
    return this.facts.operation
  }

  /** The command itself loads, and so does restore code; nothing else is deep enough to come back from. */
  private mayLoad(uc: number): boolean {
    const s = this.state
    return s.level[uc] === 0 || s.chainKind[uc * levels + s.level[uc]] === Chain.restore
  }

  private rememberPdi(uc: number, id: number, page: number): void {
    this.state.pdiKnown[uc] = Known.page
    this.state.pdiId[uc] = id
    this.state.pdiPage[uc] = page
  }

  private rememberCores(uc: number, id: number, page: number): void {
    this.state.coresKnown[uc] = Known.page
    this.state.coresId[uc] = id
    this.state.coresPage[uc] = page
  }

  /** LOAD_LAST_PDI: the remembered array image, then the remembered cores. */
  loadLast(uc: number, j: number, size: number): number {
    const s = this.state
    if (s.jobStage[j] === Stage.loaded) {
      this.jobs.advance(uc, j, size)
      return this.facts.operation
    }
    if (s.pdiKnown[uc] === Known.nothing) {
      this.listener.fail(uc, this.facts.error.noPdi, CertFault.noImage, s.pdiId[uc])
      return 0
    }
    s.pendingLoad[uc] = s.coresKnown[uc] === Known.page ? s.coresPage[uc] : -1
    return this.beginLoad(uc, j, s.pdiId[uc], s.pdiPage[uc])
  }
}
