/** Memory now: buffer objects with all that is known of them, and every process's heap with its chunks. */
import type { Machine } from '../machine/machine.ts'
import type { BufferNow, ChunkNow, HeapNow, MemoryNow } from './host-answers.ts'
import type { HostStory } from './host-story.ts'

/** Where the device sees the cache, nobody asks what lies in it. */
const noLines = { present: 0, dirty: 0, stale: 0 } as const

export function memoryNow(machine: Machine, story: HostStory): MemoryNow {
  const { driver, runtime, facts } = machine.parts
  const { memory, pageBytes } = facts
  const objects = runtime.inspect()
  const views = driver.inspectBuffers()
  const buffers = views.map((view): BufferNow => {
    const bo = objects.bos.findIndex(({ handle }) => handle === view.handle)
    const life = story.memory.lifeOf(view.handle)
    const isSame = life !== undefined && life.born === view.createdAt
    return {
      id: isSame ? life.id : -1,
      handle: view.handle,
      bo,
      client: objects.clients.findIndex(({ file }) => file === view.file),
      name: objects.bos[bo]?.name ?? (isSame ? life.name : 'buffer'),
      kind: view.kind,
      behind: view.behind,
      sizeBytes: view.sizeBytes,
      pages: view.pages,
      presentPages: view.presentPages,
      address: view.address,
      deviceAddress: view.deviceAddress,
      mapping: view.mapping,
      commands: view.commands,
      createdAt: view.createdAt,
      step: isSame ? life.step : -1,
      readAt: view.readAt,
      wroteAt: view.wroteAt,
      lines: memory.coherent ? noLines : view.lines,
    }
  })
  const heaps = objects.clients.flatMap(({ file }, client): HeapNow[] => {
    if (file < 0 || memory.heap.chunkBytes === 0) return []
    const heap = driver.inspectHeap(file)
    return [
      {
        client,
        base: heap.base,
        chunkBytes: heap.chunkBytes,
        maxBytes: heap.maxBytes,
        totalBytes: heap.totalBytes,
        usedBytes: heap.usedBytes,
        chunks: heap.chunks.map((chunk): ChunkNow => {
          const view = views.find(({ handle, file: of }) => handle === chunk.handle && of === file)
          return {
            deviceAddress: chunk.deviceAddress,
            bytes: chunk.bytes,
            isMapped: chunk.address >= 0,
            presentPages: view?.presentPages ?? 0,
            pages: view?.pages ?? 0,
          }
        }),
        freeBytes: heap.free.freeBytes,
        largestHole: heap.free.largestHole,
        holes: heap.free.holes,
      },
    ]
  })
  return {
    tick: machine.now,
    isCoherent: memory.coherent,
    addressing: memory.addressing,
    pageBytes,
    alignBytes: memory.heap.alignBytes,
    buffers,
    heaps,
  }
}
