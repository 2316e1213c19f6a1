import { spawnSync } from 'node:child_process'
import { expect, test } from '@playwright/test'
import { Workbench } from './workbench.ts'

/** The checksum of a run to the end, as the command line prints it. */
function onNode(project: string): string {
  const run = spawnSync(
    'node_modules/.bin/tsx',
    ['emulator-core/worker/cli/main.ts', 'run', `public/examples/${project}`, '--json'],
    { encoding: 'utf8' },
  )
  return (JSON.parse(run.stdout) as { checksum: string }).checksum
}

for (const [id, title] of [
  ['double', 'Double'],
  ['vector-add', 'Vector add'],
  ['memtile-transpose', 'Mem-tile transpose'],
] as const) {
  test(`${id} ends with the same checksum in Chromium and in Node`, async ({ page }) => {
    const bench = new Workbench(page)
    await bench.open()
    if (id !== 'double') {
      await bench.perform(`Open ${title}`)
      await expect(page).toHaveTitle(new RegExp(id))
      await bench.ready()
    }
    await bench.press('run.end')
    await bench.atRest()
    await page.getByTestId('moment').click()
    await expect
      .poll(async () => page.getByTestId('checksum').textContent(), { timeout: 20_000 })
      .toBe(onNode(id))
    bench.expectNoTroubles()
  })
}
