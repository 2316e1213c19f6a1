/** Facts: constants that claim something about the device, each with where it comes from. */
import type { SourceKey } from './sources.ts'

/** How sure we are: published, a published measurement, computed from other facts, or our own choice. */
export type FactKind = 'fact' | 'measured' | 'derived' | 'guess'

/** A value with its provenance. `source` names an entry of sources.ts; a guess has a reason instead. */
export interface Fact<T> {
  readonly value: T
  readonly tag: Provenance
}

export interface Provenance {
  readonly kind: FactKind
  readonly source: SourceKey | 'ours'
  /** Where in the source, how derived, or why guessed. */
  readonly note: string
}

/** A published value. */
export function fact<T>(value: T, source: SourceKey, note = ''): Fact<T> {
  return { value, tag: { kind: 'fact', source, note } }
}

/** A published measurement on silicon. */
export function measured<T>(value: T, source: SourceKey, note = ''): Fact<T> {
  return { value, tag: { kind: 'measured', source, note } }
}

/** Computed from other facts; the note says how. */
export function derived<T>(value: T, source: SourceKey, note: string): Fact<T> {
  return { value, tag: { kind: 'derived', source, note } }
}

/** Nobody says; this is what we take, and why. */
export function guess<T>(value: T, reason: string): Fact<T> {
  return { value, tag: { kind: 'guess', source: 'ours', note: reason } }
}

/** A tree of facts with the tags taken off. */
export type Plain<T> =
  T extends Fact<infer V> ? V : T extends object ? { readonly [K in keyof T]: Plain<T[K]> } : T

function isFact(node: unknown): node is Fact<unknown> {
  return typeof node === 'object' && node !== null && 'tag' in node && 'value' in node
}

/** Takes the tags off a tree of facts, once; consumers read plain numbers. */
export function resolve<T>(tree: T): Plain<T> {
  if (isFact(tree)) return tree.value as Plain<T>
  if (Array.isArray(tree) || ArrayBuffer.isView(tree)) return tree as Plain<T>
  if (typeof tree !== 'object' || tree === null) return tree as Plain<T>
  const plain: Record<string, unknown> = {}
  for (const [key, node] of Object.entries(tree)) plain[key] = resolve(node)
  return plain as Plain<T>
}

/** Every fact of a tree with its dotted path, in order. */
export function listFacts(tree: unknown, prefix = ''): { path: string; fact: Fact<unknown> }[] {
  if (isFact(tree)) return [{ path: prefix, fact: tree }]
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree) || ArrayBuffer.isView(tree))
    return []
  return Object.entries(tree).flatMap(([key, node]) =>
    listFacts(node, prefix ? `${prefix}.${key}` : key),
  )
}
