/**
 * Packets as the sheet tells them: the header word, and how a received stream must fall into packets.
 */

/** Odd parity: the word with bit 31 such that the number of ones is odd. */
export function withOddParity(word: number): number {
  let ones = 0
  for (let bit = 0; bit < 31; bit++) ones += (word >>> bit) & 1
  return ((word & 0x7fffffff) | (ones % 2 === 0 ? 2 ** 31 : 0)) >>> 0
}

/** Header of a packet: stream id, type, tile it comes from, and the id an out-of-order receiver looks at. */
export function headerWord(
  id: number,
  type: number,
  column: number,
  row: number,
  outOfOrderId = 0,
): number {
  return withOddParity(id | (outOfOrderId << 5) | (type << 12) | (row << 16) | (column << 21))
}

/**
 * Cuts a received stream into whole packets, each the next one of its source. The first difference as a
 * sentence, or undefined and the order of sources. Payloads must differ between packets.
 */
export function unpick(
  received: readonly number[],
  sources: ReadonlyMap<string, readonly (readonly number[])[]>,
): { order: string[]; left: Map<string, number>; wrong?: string } {
  const done = new Map([...sources.keys()].map((name) => [name, 0]))
  const order: string[] = []
  const left = () =>
    new Map([...sources].map(([name, list]) => [name, list.length - done.get(name)!]))
  let at = 0
  while (at < received.length) {
    const name = [...sources.keys()].find((source) => {
      const packet = sources.get(source)![done.get(source)!]
      return packet?.every((word, i) => received[at + i] === word)
    })
    if (name === undefined) {
      const words = received.slice(at, at + 4).map((w) => `0x${w.toString(16)}`)
      return {
        order,
        left: left(),
        wrong: `no packet is due that begins ${words.join(' ')} at word ${at}`,
      }
    }
    at += sources.get(name)![done.get(name)!]!.length
    done.set(name, done.get(name)! + 1)
    order.push(name)
  }
  return { order, left: left() }
}
