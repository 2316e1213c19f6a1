/**
 * What the parser must know of names: C++ cannot be parsed without telling types and templates from
 * values.
 */

export type NameKind = 'type' | 'type-template' | 'template' | 'value' | 'namespace'

export interface NameEntry {
  readonly kind: NameKind
  /** Names inside: of a namespace, a struct or a scoped enum. */
  readonly inside?: NameScope
}

export class NameScope {
  private readonly names = new Map<string, NameEntry>()
  private readonly uses: NameScope[] = []
  readonly parent: NameScope | undefined
  private readonly fallback: ((name: string) => NameEntry | undefined) | undefined

  constructor(parent?: NameScope, fallback?: (name: string) => NameEntry | undefined) {
    this.parent = parent
    this.fallback = fallback
  }

  declare(name: string, kind: NameKind, inside?: NameScope): void {
    const old = this.names.get(name)
    // A function may be declared both plain and as a template; the template is what the parser
    // needs to know.
    if (old?.kind === 'template' && kind === 'value') return
    this.names.set(name, inside ? { kind, inside } : { kind })
  }

  use(scope: NameScope): void {
    if (scope !== this && !this.uses.includes(scope)) this.uses.push(scope)
  }

  /** Looks in this scope only, and in the namespaces it uses. */
  own(name: string): NameEntry | undefined {
    const direct = this.names.get(name) ?? this.fallback?.(name)
    if (direct) return direct
    for (const used of this.uses) {
      const found = used.names.get(name) ?? used.fallback?.(name)
      if (found) return found
    }
    return undefined
  }

  find(name: string): NameEntry | undefined {
    return this.own(name) ?? this.parent?.find(name)
  }
}
