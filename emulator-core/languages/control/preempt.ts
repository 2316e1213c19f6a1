/**
 * Preemption points: gives every PREEMPT the save and restore code of its region.
 *
 *     PREEMPT ── hint map ──▶ region ── redistribute ──▶ region ──▶ two generated scopes of the uC
 *
 * The names that a PREEMPT writes behind its number are ignored. Points with the same region share their code.
 */
import { preemptCode } from '../../device/abi/preempt-code.ts'
import type { ControlPartition } from '../../artifacts/control-code.ts'
import { readHintMap } from './hint-map.ts'
import type { HintMap } from './hint-map.ts'
import { redistribute, spanOf } from './redistribute.ts'
import type { PointMember, Redistribution } from './redistribute.ts'
import { chunksOf, emptyScope, restoreScope, saveScope } from './save-restore.ts'
import type { Columns, Region } from './save-restore.ts'
import type { ControlReport, PreemptPoint, ScopeSource, UcSource, Word } from './syntax.ts'

const { chunkBytes, columnBytes } = preemptCode

/** A PREEMPT with what it saves. */
interface Point extends PreemptPoint {
  readonly uc: UcSource
  /** Scope and name of the map: the same map is the same text. */
  readonly key: string
  readonly chunks: readonly number[] | undefined
  readonly region: Region
}

/** Puts save and restore scopes behind the scopes of every uC that has a PREEMPT, and rewrites the PREEMPTs. */
export function expandPreempts(
  ucs: ReadonlyMap<number, UcSource>,
  partition: ControlPartition | undefined,
  report: ControlReport,
): void {
  const preempting = [...ucs.values()]
    .filter((uc) => uc.preempts.length > 0)
    .sort((a, b) => a.uc - b.uc)
  if (preempting.length === 0) return
  const isShared = preempting.length > 1
  const columns = partition?.columns ?? partition?.cores ?? preemptCode.columns
  const plan = new Plan(isShared, columns, report)
  const points = preempting.map((uc) => uc.preempts.map((point) => plan.point(uc, point)))
  if (isShared) plan.resolve(points)
  points.forEach((list, i) => plan.generate(preempting[i], list))
  if (isShared) plan.checkFinal(points)
}

class Plan {
  private readonly isShared: boolean
  private readonly columns: number
  private readonly report: ControlReport
  /** Regions after redistribution, by uC and map. */
  private readonly moved = new Map<string, Region>()
  private readonly maps = new Map<string, HintMap | undefined>()

  constructor(isShared: boolean, columns: number, report: ControlReport) {
    this.isShared = isShared
    this.columns = columns
    this.report = report
  }

  point(uc: UcSource, point: PreemptPoint): Point {
    const common = { ...point, uc, key: `${uc.uc} ${point.scope.name}:${point.map}` }
    if (point.map === '') return { ...common, chunks: undefined, region: this.whole(uc.uc) }
    const map = this.map(uc, point, common.key)
    const chunks = map?.chunks ?? []
    if (!map?.isEmpty) return { ...common, chunks, region: spanOf(chunks) }
    const message = `hint map '${point.map}' has no words: all mem tiles of the partition are saved`
    this.report.warning('hintMap', map.label.at, message)
    const sizeBytes = preemptCode.columns * columnBytes
    return { ...common, chunks, region: { base: 0, sizeBytes } }
  }

  private map(uc: UcSource, point: PreemptPoint, key: string): HintMap | undefined {
    if (this.maps.has(key)) return this.maps.get(key)
    const map = readHintMap(point, uc.uc, this.report)
    if (map) uc.hintMaps.add(map.label)
    this.maps.set(key, map)
    return map
  }

  /** What is saved without a map: the own column, or the partition when there is one uC only. */
  private whole(uc: number): Region {
    if (!this.isShared) return { base: 0, sizeBytes: this.columns * columnBytes }
    return { base: (uc * columnBytes) / 2, sizeBytes: columnBytes }
  }

  private regionOf(point: Point): Region {
    return this.moved.get(point.key) ?? point.region
  }

  /** Makes the regions of each point disjoint; the n-th PREEMPT of every uC is the same point. */
  resolve(points: readonly (readonly Point[])[]): void {
    const count = Math.max(...points.map((list) => list.length))
    for (let n = 0; n < count; n++) {
      const here = points.flatMap((list) => list[n] ?? [])
      const members = here.map((p): PointMember => ({
        uc: p.uc.uc,
        region: this.regionOf(p),
        chunks: p.chunks,
      }))
      this.take(n, here, redistribute(members))
    }
  }

  private take(n: number, here: readonly Point[], result: Redistribution): void {
    if (result.conflict) {
      const a = here[result.conflict.a]
      const b = here[result.conflict.b]
      const message =
        `hint bitmap overlap at preemption point ${n}: controller ${a.uc.uc}${mapName(a)} and controller ` +
        `${b.uc.uc}${mapName(b)} share one or more 64KB chunks; hint bitmaps of different controllers must not overlap at the same preemption point`
      const note = { at: a.token.at, message: `the point of uC ${a.uc.uc}` }
      this.report.error('hintOverlap', b.token.at, message, [note])
      return
    }
    for (const [i, region] of result.regions) {
      const point = here[i]
      const before = this.regionOf(point)
      this.moved.set(point.key, region)
      if (before.base === region.base && before.sizeBytes === region.sizeBytes) continue
      const message = `the regions of point ${n} overlap: uC ${point.uc.uc} saves ${describe(region)} instead of ${describe(before)}`
      this.report.note('hintMoved', point.token.at, message)
    }
    for (const region of result.lost) {
      const message = `no uC is left to save ${describe(region)} at point ${n}`
      this.report.warning('hintLost', here[0].token.at, message)
    }
  }

  generate(uc: UcSource, points: readonly Point[]): void {
    const columns = this.columnsOf(uc.uc)
    if (!columns) {
      const what = this.isShared ? `group ${uc.uc}` : `${this.columns} columns`
      const message = `Preempt save/restore data not found for ${what}`
      this.report.error('preemptTemplates', points[0].token.at, message)
      for (const point of points) nameOwnScope(point)
      return
    }
    const index = this.isShared ? uc.uc / 2 : 0
    const names = new Map<string, string>()
    for (const point of points) {
      if (point.map === '') continue
      const region = this.regionOf(point)
      const key = `${region.base} ${region.sizeBytes}`
      const name = names.get(key) ?? `${index}_${names.size}`
      if (!names.has(key)) this.append(uc, name, point, columns, region)
      names.set(key, name)
      rewrite(point, name)
    }
    const plain = points.filter((point) => point.map === '')
    if (plain.length === 0) return
    const name = `${index + 1}`
    this.append(uc, name, plain[0], columns, plain[0].region)
    for (const point of plain) rewrite(point, name)
  }

  /** Columns that the code of a uC works on; undefined when there is no code for it. */
  private columnsOf(uc: number): Columns | undefined {
    const { columns: most } = preemptCode
    if (this.isShared)
      return uc % 2 === 0 && uc < 2 * most ? { first: uc / 2, count: 1 } : undefined
    if (uc !== 0 || this.columns < 1 || this.columns > most) return undefined
    return { first: 0, count: this.columns }
  }

  private append(uc: UcSource, name: string, point: Point, columns: Columns, region: Region): void {
    const label = `${region.base / chunkBytes}_${chunksOf(region)}`
    const { token } = point
    const file = (kind: string) => `generated ${kind}_${name} ${label}`
    const isEmpty = region.sizeBytes === 0
    const save = isEmpty
      ? emptyScope(`save_${name}`, file('save'), token, true)
      : saveScope(`save_${name}`, file('save'), token, columns, region)
    const restore = isEmpty
      ? emptyScope(`restore_${name}`, file('restore'), token, false)
      : restoreScope(`restore_${name}`, file('restore'), token, columns, region)
    for (const scope of [save, restore]) this.add(uc, scope, point)
    const step = 4 * preemptCode.restore.lanes.length * columns.count
    if (region.sizeBytes % step === 0) return
    const message = `${describe(region)} cannot be cut in ${step / 4} equal slots of whole words: addresses are rounded down`
    this.report.warning('hintUneven', token.at, message)
  }

  private add(uc: UcSource, scope: ScopeSource, point: Point): void {
    const own = uc.scopes.get(scope.name)
    if (!own) {
      uc.scopes.set(scope.name, scope)
      return
    }
    const message = `scope '${scope.name}' of uC ${uc.uc} has the name of generated code, which is added to it`
    this.report.warning('scopeTaken', point.token.at, message)
    own.text.push(...scope.text)
    own.data.push(...scope.data)
  }

  /** A map that several points share has one region: where points disagree, the last one wins. */
  checkFinal(points: readonly (readonly Point[])[]): void {
    if (this.moved.size === 0) return
    const count = Math.max(...points.map((list) => list.length))
    for (let n = 0; n < count; n++) {
      const here = points.flatMap((list) => list[n] ?? [])
      here.forEach((b, i) => {
        const a = here.slice(0, i).find((p) => meet(this.regionOf(p), this.regionOf(b)))
        if (!a) return
        const message = `at point ${n} uC ${a.uc.uc} and uC ${b.uc.uc} save overlapping regions, because another point moved one of them`
        this.report.warning('hintClash', b.token.at, message)
      })
    }
  }
}

function meet(a: Region, b: Region): boolean {
  return a.base < b.base + b.sizeBytes && b.base < a.base + a.sizeBytes
}

function mapName(point: Point): string {
  return point.map === '' ? ' (no hintmap)' : ` (hintmap '${point.map}')`
}

function describe(region: Region): string {
  const end = region.base + region.sizeBytes
  return region.sizeBytes === 0 ? 'nothing' : `0x${region.base.toString(16)}..0x${end.toString(16)}`
}

/** Lets a PREEMPT without code name its own scope, so that its names are no second mistake. */
function nameOwnScope(point: Point): void {
  const own = point.scope.name.split(':').at(-1) ?? ''
  replaceScopes(point, own, own)
}

/** Lets a PREEMPT name the generated scopes. */
function rewrite(point: Point, name: string): void {
  replaceScopes(point, `save_${name}`, `restore_${name}`)
}

function replaceScopes({ token, scope, index }: Point, save: string, restore: string): void {
  const word = (text: string): Word => ({ text, at: token.at })
  const id = token.words[0] ?? word('')
  const words = [id, word(`@${save.toLowerCase()}`), word(`@${restore.toLowerCase()}`)]
  if (index >= 0) scope.text[index] = { ...token, words }
}
