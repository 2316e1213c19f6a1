import { expect, it } from 'vitest'
import { Desk } from './desk.ts'
import type { FromWorker, Replies } from './protocol.ts'

it('plays the canned workload for a page, whatever project is open', async () => {
  const sent: FromWorker[] = []
  const desk = new Desk((message) => sent.push(message), setImmediate)
  const body = { strategies: ['firmware', 'temporal'] as const }
  await desk.serve({ id: 7, name: 'compareLayouts', body })
  const reply = sent.find((message) => 'id' in message && message.id === 7)
  const { tasks, results } = (reply as unknown as { body: Replies['compareLayouts'] }).body
  expect(results.map((r) => r.strategy)).toEqual(['firmware', 'temporal'])
  expect(results[0]!.tasks.map((t) => t.name)).toEqual(tasks.map((t) => t.name))
  expect(results[0]!.lanes).toHaveLength(6)
})
