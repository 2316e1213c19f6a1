/** A binary heap of nodes by cost; equal costs come out by lower node. */
export class Heap {
  private readonly nodes: number[] = []
  private readonly costs: number[] = []
  /** Cost of the node that `pop` gave last. */
  lastCost = 0

  get size(): number {
    return this.nodes.length
  }

  clear(): void {
    this.nodes.length = 0
    this.costs.length = 0
  }

  push(node: number, cost: number): void {
    let at = this.nodes.length
    this.nodes.push(node)
    this.costs.push(cost)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.before(at, parent)) break
      this.swap(at, parent)
      at = parent
    }
  }

  /** Takes the cheapest node. The heap must not be empty. */
  pop(): number {
    const node = this.nodes[0]!
    this.lastCost = this.costs[0]!
    const last = this.nodes.length - 1
    this.swap(0, last)
    this.nodes.pop()
    this.costs.pop()
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      if (left >= last) break
      const right = left + 1
      const child = right < last && this.before(right, left) ? right : left
      if (!this.before(child, at)) break
      this.swap(at, child)
      at = child
    }
    return node
  }

  private before(a: number, b: number): boolean {
    const d = this.costs[a]! - this.costs[b]!
    return d < 0 || (d === 0 && this.nodes[a]! < this.nodes[b]!)
  }

  private swap(a: number, b: number): void {
    const node = this.nodes[a]!
    const cost = this.costs[a]!
    this.nodes[a] = this.nodes[b]!
    this.costs[a] = this.costs[b]!
    this.nodes[b] = node
    this.costs[b] = cost
  }
}
