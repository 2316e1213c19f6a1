import { beforeEach, describe, expect, it } from 'vitest'
import type { WorkerLike } from '../../emulator-core/worker/link.ts'
import type { Request, ToWorker } from '../../emulator-core/worker/protocol.ts'
import { useDocument } from '../stores/document.ts'
import { useToasts } from '../stores/toasts.ts'
import { freshWorkspace, useWorkspace } from '../stores/workspace.ts'
import { openFile } from './open-file.ts'
import { startEngine } from './session.ts'

const requests: Request[] = []

/** A worker that answers what a test says, and agrees to everything else. */
function startWith(project: unknown): void {
  const worker: WorkerLike = {
    onmessage: null,
    postMessage(message: ToWorker) {
      if ('credit' in message) return
      requests.push(message)
      const { id, name } = message
      const body = name === 'controlProject' ? project : { ok: true, bound: [] }
      queueMicrotask(() => worker.onmessage?.({ data: { id, name, body } as never }))
    },
    terminate: () => undefined,
  }
  startEngine(() => worker)
}

const file = (size = 3) => ({
  name: 'x.elf',
  size,
  arrayBuffer: async () => Uint8Array.of(1, 2, 3).buffer,
})
const said = () => useToasts.getState().list.map(({ text }) => text)

beforeEach(() => {
  requests.length = 0
  useWorkspace.setState(freshWorkspace)
  useToasts.setState({ list: [] })
  useDocument.getState().load({ id: 'before', title: 'before', files: {} })
})

describe('a file from this device', () => {
  it('becomes the open project, with its control code in front', async () => {
    const files = { 'project.json': '{}', 'x.elf': Uint8Array.of(1, 2, 3) }
    startWith({ files, problems: [] })
    await openFile(file())
    expect(requests[0]).toMatchObject({
      name: 'controlProject',
      body: { name: 'x.elf', bytes: Uint8Array.of(1, 2, 3) },
    })
    expect(useDocument.getState()).toMatchObject({ id: 'x.elf', files })
    expect(useWorkspace.getState().codeTab).toBe('control')
    expect(said()).toEqual([])
  })

  it('that is no control code is named, and nothing else changes', async () => {
    startWith({ problems: [{ code: 'E0001', message: 'no ELF (byte 0x0 of x.elf)' }] })
    await openFile(file())
    expect(useDocument.getState().id).toBe('before')
    expect(said()).toEqual(['x.elf could not be opened: E0001 no ELF (byte 0x0 of x.elf)'])
  })

  it('that is too large is not even read', async () => {
    startWith({ problems: [] })
    await openFile(file(2 ** 30))
    expect(requests).toEqual([])
    expect(said()[0]).toContain('too large')
  })
})
