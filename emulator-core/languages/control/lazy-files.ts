/** A map of files that are fetched when they are first asked for. */
export class LazyFiles<T> implements ReadonlyMap<string, T> {
  private readonly known = new Map<string, T | undefined>()
  private readonly fetch: (name: string) => T | undefined

  constructor(fetch: (name: string) => T | undefined) {
    this.fetch = fetch
  }

  get(name: string): T | undefined {
    if (!this.known.has(name)) this.known.set(name, this.fetch(name))
    return this.known.get(name)
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  get size(): number {
    return this.found().size
  }

  forEach(each: (value: T, key: string, map: ReadonlyMap<string, T>) => void): void {
    this.found().forEach((value, key) => each(value, key, this))
  }

  entries() {
    return this.found().entries()
  }

  keys() {
    return this.found().keys()
  }

  values() {
    return this.found().values()
  }

  [Symbol.iterator]() {
    return this.found()[Symbol.iterator]()
  }

  /** The files that were asked for and are there. */
  private found(): Map<string, T> {
    const found = new Map<string, T>()
    for (const [name, value] of this.known) if (value !== undefined) found.set(name, value)
    return found
  }
}
