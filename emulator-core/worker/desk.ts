/**
 * Desk: serves the page's requests one after another, runs the machine in between, publishes frames.
 *
 *     page ── request ──▶ ┌──────┐ ── Work ──▶ Pump
 *     page ◀── reply ──── │ Desk │ ◀── stop ── Pump
 *     page ◀── frame ──── └──────┘ one per credit, at most one per display refresh
 */
import { cannedWorkload, compareLayout } from '../machine/comparison.ts'
import { never } from '../sim/scheduler.ts'
import type { Work } from '../machine/clockwork.ts'
import type { Stop } from '../machine/stop.ts'
import { toolReports } from '../machine/tool-reports.ts'
import type { Built } from './build.ts'
import { buildProject } from './build.ts'
import { controlProject } from './control-project.ts'
import { controlLines, controlPage, ucNow } from './control-view.ts'
import { firstMoment } from './first-moment.ts'
import { isLayoutRequest, LayoutDesk, layoutState } from './layout-desk.ts'
import { viewFrame } from './frame.ts'
import { answerHost } from './host-door.ts'
import { functionsNow } from './functions-now.ts'
import { Pacer } from './pacer.ts'
import { problemsByFile } from './problems.ts'
import { racesOf } from './races.ts'
import type {
  FromWorker,
  Notice,
  Replies,
  Request,
  RequestName,
  Requests,
  StopInfo,
} from './protocol.ts'
import type { Later } from './pump.ts'
import { Pump } from './pump.ts'
import { registerMap, registerValues } from './registers.ts'
import { profileOf, Studio } from './studio.ts'
import { wordsOf } from './words.ts'

type Send = (message: FromWorker, transfer?: ArrayBuffer[]) => void

/** Frames in circulation. */
const frameBuffers = 2
/** A project that runs longer than this is shown where its first recording ends. */
const firstRunCycles = 2_000_000
/** Least time between two frames while running. */
const frameMs = 15

export class Desk {
  private readonly send: Send
  private readonly pump: Pump
  private readonly pacer: Pacer
  private readonly layouts: LayoutDesk
  private files = new Map<string, string | Uint8Array>()
  private versions = new Map<string, number>()
  private name = ''
  private device: string | undefined
  private studio: Studio | undefined
  private lines: Requests['setBreakpoints']['breakpoints'] = []
  private pool: ArrayBuffer[] = []
  private frameBytes = 0
  private epoch = 0
  private running = false
  /** The picture has changed since the last frame. */
  private stale = false
  private lastFrame = 0
  /** Requests that move time wait for each other. They are numbered as they come. */
  private turn: Promise<unknown> = Promise.resolve()
  private asked = 0
  /** Number of the one that is being served, and of the last one that is to end early. */
  private serving = 0
  private cut = 0
  /** Nothing is shown while the first run of a project is recorded, or a past one is looked at. */
  private isRecording = false

  /** `later` lets waiting messages through between two slices of work; a worker needs none of its own. */
  constructor(send: Send, later?: Later) {
    this.send = send
    this.pump = new Pump(() => this.publish(false), later)
    this.pacer = new Pacer()
    this.layouts = new LayoutDesk(later)
  }

  /** A frame buffer came back. */
  credit(buffer: ArrayBuffer): void {
    if (buffer.byteLength === this.frameBytes && this.pool.length < frameBuffers)
      this.pool.push(buffer)
    if (this.stale && !this.running) this.publish(true)
  }

  /** Serves one request; failures are answered, never thrown. */
  async serve(request: Request): Promise<void> {
    try {
      const body = await this.answer(request)
      this.send({ id: request.id, name: request.name, body } as FromWorker)
    } catch (error) {
      const message =
        error instanceof Error || error instanceof Refusal ? error.message : String(error)
      this.send({ id: request.id, name: 'failed', message })
      if (error instanceof Refusal) return
      if (this.running) this.tellState(false, { kind: 'bug', message })
      this.send({ notice: 'bug', message })
    }
  }

  private async answer(request: Request): Promise<Replies[RequestName]> {
    if (asksState.has(request.name)) await this.look
    const { studio } = this
    if (isLayoutRequest(request)) {
      const { files, device, epoch } = this
      return this.layouts.answer(request, { studio, files, device, epoch })
    }
    switch (request.name) {
      case 'open':
        this.files = new Map(Object.entries(request.body.files))
        this.versions.clear()
        this.sound = undefined
        this.name = request.body.name
        this.device = undefined
        return this.moving(true, () => this.build(true))
      case 'controlProject':
        return controlProject(request.body.name, request.body.bytes)
      case 'setSource':
        this.setSource(request.body)
        return {}
      case 'build':
        this.device = request.body.device ?? this.device
        return this.moving(true, () => this.build(false))
      case 'run':
        return this.moving(true, () => this.runRequest(tickOf(request.body.to, never)))
      case 'pause':
        this.endEarly(this.asked)
        return {}
      case 'step':
        return this.moving(false, () => this.workRequest((studio) => studio.step(request.body)))
      case 'reverse':
        return this.moving(true, () =>
          this.workRequest(({ machine }) => machine?.clockwork.backToBreak()),
        )
      case 'seek':
        return this.moving(true, () =>
          this.workRequest(({ machine }) =>
            machine?.seek({ tick: tickOf(request.body.tick, machine.now) }),
          ),
        )
      case 'speed':
        return { cyclesPerSecond: this.setSpeed(request.body.cyclesPerSecond) }
      case 'setBreakpoints':
        this.lines = request.body.breakpoints
        return { bound: studio ? studio.breakpoints.set(studio.machine, this.lines) : [] }
      case 'watch':
        return { parts: request.body.parts }
      case 'inspect': {
        const inspection = studio?.inspect(request.body.part)
        return { ...(inspection ? { inspection } : {}), epoch: this.epoch }
      }
      case 'registerMap': {
        const map = studio && registerMap(studio, request.body.part)
        return map ? { map } : {}
      }
      case 'registers': {
        const held = studio && registerValues(studio, request.body.part)
        return { ...(held ?? { values: new Uint32Array() }), epoch: this.epoch }
      }
      case 'memory':
        return { bytes: this.memory(request.body), epoch: this.epoch }
      case 'events': {
        const { from, count, filter } = request.body
        return {
          ...(studio?.events(from, count, filter) ?? { rows: [], total: 0 }),
          epoch: this.epoch,
        }
      }
      case 'slices': {
        const { from, to, lanes } = request.body
        if (!studio?.machine) return { lanes: [], epoch: this.epoch }
        studio.follow()
        return {
          lanes: studio.slices.query(lanes, from, to, studio.machine.now),
          epoch: this.epoch,
        }
      }
      case 'narration':
        return studio?.narration() ?? { lines: [], current: -1 }
      case 'checksum':
        return {
          checksum: this.isWorking ? '' : (studio?.machine?.checksum() ?? ''),
          tick: studio?.machine?.now ?? 0,
        }
      case 'races':
        return this.moving(true, () => this.racesRequest())
      case 'compareLayouts': {
        const { strategies, tasks = cannedWorkload, layout } = request.body
        const results = strategies.map((strategy) =>
          compareLayout({ strategy, tasks, ...(layout ? { layout } : {}) }),
        )
        return { tasks, results }
      }
      case 'words':
        return { items: wordsOf(request.body.language, studio?.machine?.parts.device) }
      case 'controlLines':
        return {
          lines: this.sound ? controlLines(this.sound, request.body.file) : [],
          isCurrent: this.isSound,
        }
      case 'controlPage': {
        const { body } = request
        const page = this.sound && controlPage(this.sound, studio, body.uc, body.page)
        return page ? { page } : {}
      }
      case 'ucNow': {
        const now = studio && ucNow(studio, request.body.uc)
        return { ...(now ? { now } : {}), epoch: this.epoch }
      }
      case 'hostNow':
      case 'queueNow':
      case 'memoryNow':
      case 'memoryStory':
      case 'monitorNow':
        return { ...(studio ? answerHost(studio, request) : {}), epoch: this.epoch }
      case 'toolReports': {
        const machine = this.isWorking ? undefined : studio?.machine
        return { ...(machine ? toolReports(machine, request.body.fn) : {}), epoch: this.epoch }
      }
      case 'functionsNow': {
        const machine = studio?.machine
        return { ...(machine ? { now: functionsNow(machine) } : {}), epoch: this.epoch }
      }
    }
  }

  /**
   * Runs a request that moves time, after those before it. A run, seek or build ends early what is still under way,
   * and is the newer wish; steps add up and wait for each other.
   */
  private moving<T>(cutsOthers: boolean, act: () => Promise<T>): Promise<T> {
    if (cutsOthers || !this.stepping) this.endEarly(this.asked)
    this.stepping = !cutsOthers
    const number = ++this.asked
    const mine = this.turn.then(() => {
      this.serving = number
      return act()
    })
    this.turn = mine.catch(() => undefined)
    return mine
  }

  /** The newest request that moves time is a step. */
  private stepping = false

  /** Ends every request up to this number early. */
  private endEarly(number: number): void {
    this.cut = number
    if (this.serving <= number) this.pump.interrupt()
  }

  private get isCut(): boolean {
    return this.serving <= this.cut
  }

  /** Sets the speed, also of what is running. */
  private setSpeed(wanted: number): number {
    this.pacer.cyclesPerSecond = Number.isFinite(wanted) && wanted > 0 ? wanted : 0
    if (this.running) this.pump.interrupt()
    return this.pacer.cyclesPerSecond
  }

  private setSource({ file, text, version }: Requests['setSource']): void {
    this.files.set(file, text)
    this.versions.set(file, version)
    const device = profileOf(this.device)
    this.tellProblems(buildProject(this.files, device ? { device } : {}))
  }

  private async build(isNew: boolean): Promise<{ ok: boolean }> {
    const studio = new Studio(this.files, this.name, profileOf(this.device))
    this.epoch++
    this.tellProblems(studio.built)
    if (!studio.machine || !studio.index || !studio.layout) {
      if (this.studio === undefined || isNew) this.studio = studio
      return { ok: false }
    }
    this.studio = studio
    studio.breakpoints.set(studio.machine, this.lines)
    this.frameBytes = studio.layout.sizeBytes
    this.pool = Array.from({ length: frameBuffers }, () => new ArrayBuffer(this.frameBytes))
    const generated = Object.fromEntries(
      [...studio.built.generated].map(([name, { text }]) => [name, text]),
    )
    const { scene } = studio.index
    const show = () => this.send({ notice: 'scene', scene, generated })
    if (isNew) await this.showRecording(studio, show)
    else {
      show()
      this.arrive({ kind: 'goal', tick: studio.machine.now }, true)
    }
    return { ok: true }
  }

  /** First paint: the whole run is recorded, then shown paused in mid-flight; nothing can be pressed before. */
  private async showRecording(studio: Studio, show: () => void): Promise<void> {
    const machine = studio.machine!
    let end: Stop
    let stop: Stop
    this.isRecording = true
    try {
      studio.breakpoints.set(machine, [])
      end = await this.pumped(machine.run(firstRunCycles))
      studio.breakpoints.set(machine, this.lines)
      studio.follow()
      this.tellResults(studio, end)
      stop =
        end.kind === 'pause' ? end : await this.pumped(machine.seek({ tick: firstMoment(studio) }))
    } finally {
      this.isRecording = false
    }
    show()
    this.arrive(stop, true)
  }

  private async runRequest(to: number): Promise<{ stop: StopInfo }> {
    const machine = this.studio?.machine
    if (!machine) throw new Refusal('there is nothing to run: the project does not build')
    this.tellState(true)
    const started = { tick: machine.now, at: performance.now() }
    const stop = await this.pacer.run(
      machine,
      to,
      (work) => this.pumped(work),
      () => this.isCut,
      () => {
        this.rate =
          ((machine.now - started.tick) * 1000) / Math.max(1, performance.now() - started.at)
        this.publish(false)
      },
    )
    if (stop.kind !== 'pause') this.tellResults(this.studio!, stop)
    return { stop: this.arrive(stop, false) }
  }

  private rate = 0

  private async workRequest(
    workOf: (studio: Studio) => Work<Stop> | undefined,
  ): Promise<{ stop: StopInfo }> {
    const work = this.studio && workOf(this.studio)
    if (!work) throw new Refusal('there is nothing to step: the project does not build')
    return { stop: this.arrive(await this.pumped(work), false) }
  }

  /** Under way while the past is run again behind the picture: nobody is told of a state until it is over. */
  private look: Promise<void> | undefined

  /** Looks for races in the past and comes back to this moment; when cut short, with what was found so far. */
  private async racesRequest(): Promise<Replies['races']> {
    const { studio } = this
    const machine = studio?.machine
    if (!machine) throw new Refusal('there is nothing to look at: the project does not build')
    const { moment } = machine.clockwork
    let isOver = (): void => undefined
    this.look = new Promise((over) => (isOver = over))
    this.isRecording = true
    try {
      await this.pumped(machine.lookForRaces())
      const isWhole = !this.isCut
      machine.endLook()
      if (!isWhole) while (!(await this.pump.run(machine.seek(moment))).done);
      return { ...racesOf(studio, isWhole), epoch: this.epoch }
    } finally {
      machine.endLook()
      this.isRecording = false
      this.look = undefined
      isOver()
    }
  }

  /** Runs work in slices; when interrupted, ends at a moment up to which everything has happened. */
  private async pumped(work: Work<Stop>): Promise<Stop> {
    const machine = this.studio!.machine!
    if (this.isCut) return { kind: 'pause', tick: machine.now }
    this.isWorking = true
    try {
      const result = await this.pump.run(work)
      if (result.done) return result.value
      for (;;) {
        const settled = await this.pump.run(machine.clockwork.settle())
        if (settled.done) return { ...settled.value, kind: 'pause' }
      }
    } finally {
      this.isWorking = false
    }
  }

  /** Between two slices of work the parts of the machine stand at different ticks, so it has no checksum. */
  private isWorking = false

  /** The machine stands still: tell it, and show it. */
  private arrive(stop: Stop, isNew: boolean): StopInfo {
    this.rate = 0
    const info = this.studio!.describeStop(stop)
    const told: StopInfo =
      isNew && stop.kind === 'goal' ? { ...info, kind: 'ready', message: 'Ready.' } : info
    this.tellState(false, told)
    this.publish(true)
    return told
  }

  private publish(force: boolean): void {
    const { studio } = this
    if (!studio?.layout || this.isRecording) return
    this.stale = true
    const buffer = this.pool.pop()
    if (!buffer) return
    const now = performance.now()
    if (!force && now - this.lastFrame < frameMs) {
      this.pool.push(buffer)
      return
    }
    this.lastFrame = now
    this.stale = false
    studio.paint(viewFrame(buffer, studio.layout), this.running, this.rate, this.epoch)
    this.send({ notice: 'frame', frame: buffer }, [buffer])
  }

  private memory({ space, address, length }: Requests['memory']): Uint8Array {
    const machine = this.studio?.machine
    const bytes = Math.max(0, Math.min(length, 1 << 20))
    if (!machine) return new Uint8Array(0)
    return readSpace(machine, space, address, bytes)
  }

  /** The newest sources that built, and whether they are the newest of all. */
  private sound: Built | undefined
  private isSound = false

  private tellProblems(built: Built): void {
    this.isSound = built.pkg !== undefined
    if (built.pkg) this.sound = built
    for (const [file, problems] of problemsByFile(built)) {
      this.tell({ notice: 'checked', file, version: this.versions.get(file) ?? 0, problems })
    }
  }

  private tellState(running: boolean, stop?: StopInfo): void {
    this.running = running
    this.tell({ notice: 'state', running, epoch: this.epoch, ...(stop ? { stop } : {}) })
  }

  private tellResults(studio: Studio, stop: Stop): void {
    if (stop.kind !== 'end') return
    this.tell({
      notice: 'results',
      results: studio.results(),
      status: studio.machine!.parts.runtime.status,
    })
  }

  private tell(notice: Notice): void {
    this.send(notice)
  }
}

/** Requests that are answered from the state of the machine. */
const asksState: ReadonlySet<RequestName> = new Set([
  'inspect',
  'registers',
  'memory',
  'events',
  'slices',
  'narration',
  'checksum',
  'ucNow',
  'hostNow',
  'queueNow',
  'memoryNow',
  'memoryStory',
  'monitorNow',
  'toolReports',
  'functionsNow',
  'setBreakpoints',
  ...layoutState,
])

/** Something that cannot be done now; said in the reply, and no mistake of the emulator. */
class Refusal {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

/** A tick that a page asked for; `other` when what it sent is no number. */
function tickOf(wanted: unknown, other: number): number {
  return typeof wanted === 'number' && !Number.isNaN(wanted)
    ? Math.max(0, Math.round(wanted))
    : other
}

/** Bytes of a memory: `tile[c,r]` data memory, `tile[c,r].pm` program memory, `bo<N>` a buffer object. */
function readSpace(
  machine: NonNullable<Studio['machine']>,
  space: string,
  address: number,
  length: number,
): Uint8Array {
  const { device, array, runtime } = machine.parts
  const tile = /^tile\[(\d+),(\d+)\](\.pm)?/.exec(space)
  if (tile) {
    const column = Number(tile[1])
    const row = Number(tile[2])
    const firstCore = device.rows.shim + device.rows.mem
    const isCore = row >= firstCore
    if (column >= device.columns || row < device.rows.shim || row >= firstCore + device.rows.core)
      return new Uint8Array(0)
    const core = column * device.rows.core + row - firstCore
    if (tile[3] && !isCore) return new Uint8Array(0)
    if (tile[3])
      return cut(
        array.cores.pm.u8,
        core * device.core.pmBytes,
        device.core.pmBytes,
        address,
        length,
      )
    return isCore
      ? cut(array.coreDm.u8, core * device.core.dmBytes, device.core.dmBytes, address, length)
      : cut(
          array.memDm.u8,
          ((row - device.rows.shim) * device.columns + column) * device.mem.dmBytes,
          device.mem.dmBytes,
          address,
          length,
        )
  }
  const bo = /^bo(\d+)$/.exec(space)
  if (bo) {
    const name = machine.pkg.host.names.bos[Number(bo[1])]
    const bytes = name === undefined ? undefined : runtime.buffer(name)
    return bytes ? cut(bytes, 0, bytes.length, address, length) : new Uint8Array(0)
  }
  return new Uint8Array(0)
}

function cut(
  bytes: Uint8Array,
  base: number,
  size: number,
  address: number,
  length: number,
): Uint8Array {
  const from = Math.max(0, Math.min(size, address))
  return bytes.slice(base + from, base + Math.min(size, from + length))
}
