import { expect, test } from '@playwright/test'
import type { Page } from '@playwright/test'
import { Workbench } from './workbench.ts'

const job = (line: string) => ['START_JOB 0', `  ${line}`, 'END_JOB', 'EOF', ''].join('\n')
const chain = Array.from({ length: 4 }, (_, i) => ({
  run: `token${i}`,
  control: { 0: 'sleep.asm' },
}))
const exec = (hwctx: string, run: string) => ({
  exec: { hwctx, run, control: { 0: 'sleep.asm' } },
})
const wait = (run: string) => ({ wait: { run, timeoutMs: 1000 } })
const twoThreads: Readonly<Record<string, string>> = {
  'sleep.asm': job('SLEEP 100'),
  'project.json': JSON.stringify({
    title: 'Two threads',
    control: { 0: 'sleep.asm' },
    host: 'host.json',
  }),
  'host.json': JSON.stringify({
    steps: [
      { open: { client: 'decode' } },
      { open: { client: 'draft' } },
      { createHwctx: { client: 'decode', hwctx: 'kv', numTiles: 4 } },
      { createHwctx: { client: 'draft', hwctx: 'spec', numTiles: 4 } },
      {
        parallel: [
          [{ exec: { hwctx: 'kv', chain } }, wait('token3')],
          [exec('spec', 's0'), exec('spec', 's1'), wait('s1')],
        ],
      },
    ],
  }),
}

/** Puts a project among the examples that the page finds. */
async function serve(page: Page, id: string, files: Readonly<Record<string, string>>) {
  await page.route('**/examples/index.json', async (route) => {
    const list = (await (await route.fetch()).json()) as object[]
    await route.fulfill({ json: [...list, { id, title: id, line: id, files: Object.keys(files) }] })
  })
  for (const [name, body] of Object.entries(files))
    await page.route(`**/examples/${id}/${name}`, (route) => route.fulfill({ body }))
}

test('two threads have lanes and rings of their own, and a packet tells its way', async ({
  page,
}) => {
  await serve(page, 'two-threads', twoThreads)
  const bench = new Workbench(page)
  await bench.open('?example=two-threads')
  await bench.perform('Show host')
  const contexts = page.getByRole('region', { name: 'Contexts' })
  await expect(contexts.getByRole('button')).toHaveCount(2)
  await expect(page.locator('.timeline-name').filter({ hasText: 'Host, 3 threads' })).toBeVisible()
  const ring = page.getByRole('img', { name: /^Host queue of/ })
  await expect(ring).toHaveAccessibleName(/of kv, 32 slots, read index 0, write index 4, 4 in use/)
  await contexts.getByRole('button', { name: /Context spec of draft/ }).click()
  await expect(ring).toHaveAccessibleName(/of spec, 32 slots, read index 0, write index 2/)
  const table = page.getByRole('region', { name: 'Packets in the ring' })
  await expect(table.getByRole('row', { name: /s0/ })).toContainText('running')
  const program = page.getByRole('region', { name: 'Host program' })
  await expect(program.getByRole('button', { name: /^T1 in WAIT_CMD, waits for/ })).toBeVisible()
  await expect(program.getByRole('button', { name: /^T2 in WAIT_CMD, waits for/ })).toBeVisible()
  // A click on a step of the way goes to the moment at which it began.
  const before = await bench.cycle()
  await page.getByRole('button', { name: /^uC fetch/ }).click()
  await expect.poll(() => bench.cycle()).toBeLessThan(before)
  await expect(page.getByRole('button', { name: /^Control code/ })).toContainText('to come')
  bench.expectNoTroubles()
})

test('a growth story of the heap can be chosen, followed in time and is refused with its numbers', async ({
  page,
}) => {
  const bench = new Workbench(page)
  await bench.open('?example=heap-growth')
  await bench.perform('Show memory')
  const stories = page.getByRole('list', { name: 'Growth stories' })
  await stories.getByRole('button', { name: /activations/ }).click()
  const story = page.getByRole('article', { name: 'What happened to activations' })
  await expect(story).toContainText('Try again: -EAGAIN')
  await expect(story).toContainText('64 MiB at 0x8000000; covered 128 MiB of 512 MiB')
  await expect(story).toContainText('The heap never shrinks')
  await expect(page.getByRole('heading', { name: 'Growth by activations' })).toBeVisible()
  await story.getByRole('button', { name: /Chunk 1 added/ }).click()
  const map = page.locator('.heap-cell.deferred, .heap-cell.mapped')
  await expect(map).toHaveCount(2)
  const buffers = page.getByRole('region', { name: 'Buffer objects' })
  await expect(buffers.getByRole('row', { name: /weights/ })).toContainText('48 MiB')
  await expect(buffers.getByRole('row', { name: /activations/ })).toHaveCount(0)
  await stories.getByRole('button', { name: /more/ }).click()
  await expect(page.getByRole('article', { name: 'What happened to more' })).toContainText(
    'The largest hole has 23.97 MiB',
  )
  bench.expectNoTroubles()
})
