/**
 * Kernel: the parts of the driver, built and connected in one order.
 *
 *     Functions ── one channel each ──┐
 *     Files, Buffers, DeviceHeap ─────┼──▶ Contexts ──▶ Submission, Recovery ──▶ calls
 *     Threads, Refusals ──────────────┘
 */
import { MailOpcode, message } from '../device/abi/mailbox.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Sim } from '../sim/sim.ts'
import type { Soc } from '../soc/soc.ts'
import { BufferCalls } from './buffer-calls.ts'
import { Behind, Buffers } from './buffers.ts'
import { Configuration } from './configuration.ts'
import { ContextCalls } from './context-calls.ts'
import { ContextQueries } from './context-queries.ts'
import { Contexts } from './contexts.ts'
import { BoCreation } from './create-bo.ts'
import { DebugFiles } from './debug-files.ts'
import { DeviceHeap } from './device-heap.ts'
import { DmaBufs } from './dma-bufs.ts'
import { Experiments } from './experiments.ts'
import { FdInfo } from './fdinfo.ts'
import { Files } from './files.ts'
import { Functions } from './functions.ts'
import { Health } from './health.ts'
import { HeapAnnouncer } from './heap-announcer.ts'
import { kernelThread } from './mailbox.ts'
import { Packets } from './packets.ts'
import { PageSource } from './page-source.ts'
import { Pm } from './pm.ts'
import { Queries } from './queries.ts'
import { Recovery } from './recovery.ts'
import { Refusals } from './refusals.ts'
import { Replies } from './replies.ts'
import { Sriov } from './sriov.ts'
import { Submission } from './submit.ts'
import { threadCount, Threads } from './threads.ts'
import type { UserSpace } from './threads.ts'

export class Kernel {
  readonly threads: Threads
  readonly refusals: Refusals
  readonly files: Files
  readonly functions: Functions
  readonly pageSource: PageSource
  readonly buffers: Buffers
  readonly heap: DeviceHeap
  readonly dmaBufs: DmaBufs
  readonly contexts: Contexts
  readonly fdInfo: FdInfo
  readonly submission: Submission
  readonly recovery: Recovery
  readonly sriov: Sriov
  readonly pm: Pm
  readonly experiments: Experiments
  readonly queries: Queries
  readonly debugFiles: DebugFiles
  readonly contextCalls: ContextCalls
  readonly configuration: Configuration
  readonly bufferCalls: BufferCalls
  private readonly creation: BoCreation

  /** Takes one scheduler slot per host thread; `resume` serves the call that a thread is in. */
  constructor(
    sim: Sim,
    facts: HostFacts,
    soc: Soc,
    user: UserSpace,
    resume: (thread: number) => number,
  ) {
    const refusals = new Refusals(sim, threadCount + 1)
    const threads = new Threads(sim, facts, user, resume)
    const files = new Files(sim, facts, soc)
    this.refusals = refusals
    this.threads = threads
    this.files = files
    this.functions = new Functions(sim, facts, soc, threads, refusals, files, {
      answered: (fn, id, opcode) => this.answered(fn, id, opcode),
      contextFailed: (fn, fwId, type, report) => this.recovery.begin(fn, fwId, type, report),
      streams: (fn) => this.queries.streams.startsOf(fn),
      gone: (fn) => this.queries.streams.forget(fn),
    })
    const { functions } = this
    const pageSource = new PageSource(sim, facts, soc)
    const buffers = new Buffers(sim, facts, soc, threads, refusals, files, pageSource, {
      pinned: (row) => this.pinnedElsewhere(row),
      gone: (row) => this.bufferGone(row),
    })
    const heap = new DeviceHeap(sim, facts, threads, refusals, files, buffers, pageSource)
    const dmaBufs = new DmaBufs(sim, facts, threads, refusals, buffers)
    const creation = new BoCreation(
      sim,
      facts,
      soc,
      threads,
      refusals,
      files,
      buffers,
      heap,
      dmaBufs,
      pageSource,
    )
    const contexts = new Contexts(sim, facts, soc, threads, refusals, files, buffers, functions)
    const announcer = new HeapAnnouncer(sim, threads, buffers, contexts, heap)
    const memory = soc.cpu
    const packets = new Packets(sim, memory, threads, refusals, buffers, contexts)
    this.fdInfo = new FdInfo(sim, facts, soc, files, buffers)
    this.submission = new Submission(
      sim,
      facts,
      memory,
      threads,
      refusals,
      files,
      buffers,
      contexts,
      packets,
      this.fdInfo,
    )
    const { submission } = this
    const health = new Health(sim, memory, buffers, packets)
    this.recovery = new Recovery(sim, contexts, submission, health, announcer)
    this.sriov = new Sriov(
      sim,
      facts,
      threads,
      refusals,
      files,
      functions,
      contexts,
      submission,
      this.recovery,
    )
    this.pm = new Pm(sim, functions, {
      facts,
      soc,
      threads,
      refusals,
      log: functions.log,
      files,
      contexts,
      submission,
      recovery: this.recovery,
      announcer,
      sriov: this.sriov,
    })
    this.experiments = new Experiments(
      sim,
      threads,
      refusals,
      files,
      functions,
      contexts,
      submission,
    )
    const contextQueries = new ContextQueries(sim, facts, threads, refusals, files, contexts)
    const replies = new Replies(sim, facts, soc, threads, refusals, files, functions)
    this.queries = new Queries(
      sim,
      threads,
      refusals,
      files,
      functions,
      contextQueries,
      replies,
      contexts,
    )
    this.debugFiles = new DebugFiles(sim, replies, this.queries.streams, contexts, pageSource)
    this.configuration = new Configuration(memory, threads, refusals, files, buffers, contexts)
    this.contextCalls = new ContextCalls(threads, refusals, contexts, submission, announcer)
    this.bufferCalls = new BufferCalls(threads, buffers, creation, heap, dmaBufs, this.contextCalls)
    this.pageSource = pageSource
    this.buffers = buffers
    this.heap = heap
    this.dmaBufs = dmaBufs
    this.creation = creation
    this.contexts = contexts
  }

  /** A vector of a function reached the host. */
  onInterrupt(vector: number, fn: number): void {
    const { mail } = this.functions.all[fn]
    if (vector === mail.vector) {
      mail.onInterrupt()
      return
    }
    this.submission.onInterrupt(vector, fn)
    this.pm.look(fn)
  }

  /** The firmware answered a message of a function that no thread waits for. */
  private answered(fn: number, id: number, opcode: number): void {
    if (opcode !== MailOpcode.asyncEventReport) {
      this.recovery.answered(fn, id, opcode)
      this.pm.look(fn)
      return
    }
    const { mail, errors, bringUp } = this.functions.all[fn]
    const type = mail.word(kernelThread, message.asyncReply.type)
    errors.reported(mail, id, type, bringUp.firstCoreRow)
  }

  /** A buffer without pages of its own is kept for a command. */
  private pinnedElsewhere(row: number): void {
    if (this.buffers.behind[row] === Behind.heap) this.heap.pinUnder(row)
  }

  /** The last reference to a buffer is gone. */
  private bufferGone(row: number): void {
    const behind = this.buffers.behind[row]
    if (behind === Behind.heap) this.heap.gone(row)
    else if (behind === Behind.process) this.creation.userPages.gone(row)
    else if (behind === Behind.other) this.dmaBufs.gone(row)
  }
}
