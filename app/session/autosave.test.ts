import { describe, expect, it } from 'vitest'
import { storageVault } from './autosave.ts'

function storage(first: Record<string, string> = {}) {
  const held = new Map(Object.entries(first))
  return {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
  }
}

describe('a vault on plain storage', () => {
  it('gives back what it was given, project by project', async () => {
    const vault = storageVault(storage())
    const saved = { id: 'double', files: { 'a.cc': 'int a;' }, at: 5 }
    await vault.write(saved)
    await vault.writeLast('double')
    expect(await vault.read('double')).toEqual(saved)
    expect(await vault.read('gemm')).toBeUndefined()
    expect(await vault.readLast()).toBe('double')
  })

  it('reads spoiled entries as nothing', async () => {
    for (const spoiled of ['{', 'null', '{"id":1}', '{"id":"x","at":1,"files":{"a":2}}']) {
      expect(
        await storageVault(storage({ 'tilescope.project.x': spoiled })).read('x'),
      ).toBeUndefined()
    }
  })
})
