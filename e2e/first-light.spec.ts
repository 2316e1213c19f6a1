import { expect, test } from '@playwright/test'
import { Workbench } from './workbench.ts'

test('opening the page shows a running picture without a click', async ({ page }) => {
  const bench = new Workbench(page)
  await bench.open()
  expect(await bench.cycle()).toBeGreaterThan(0)
  const grid = page.getByRole('grid', { name: /array/i })
  await expect(grid.getByRole('gridcell', { name: /Core .*busy/i }).first()).toBeAttached()
  await expect(page.getByText(/\d+ of 48/).first()).toBeAttached()
  await bench.editor()
  bench.expectNoTroubles()
})

for (const size of [
  { width: 800, height: 600 },
  { width: 480, height: 320 },
  { width: 1440, height: 300 },
]) {
  test(`a window of ${size.width} by ${size.height} draws what fits, without an error`, async ({
    page,
  }) => {
    await page.setViewportSize(size)
    const bench = new Workbench(page)
    await bench.open()
    bench.expectNoTroubles()
  })
}

test('editing the kernel and running it changes the result', async ({ page }) => {
  const bench = new Workbench(page)
  await bench.open()
  await bench.replaceInCode('kFactor = 2', 'kFactor = 3')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('tab', { name: /^Results/ }).click()
  const row = page.locator('[data-testid=result-doubled]')
  await expect(row).toContainText('0 of', { timeout: 30_000 })
  await expect(row).toContainText('3')
  bench.expectNoTroubles()
})

test('a syntax error shows one problem at its place while typing', async ({ page }) => {
  const bench = new Workbench(page)
  await bench.open()
  await bench.replaceInCode('aie::store_v(out + i, w);', 'aie::store_v(out + i, w)')
  await page.getByRole('tab', { name: /^Problems/ }).click()
  await expect(page.getByText(/';' is missing/).first()).toBeVisible()
  bench.expectNoTroubles()
})

test('a breakpoint stops the machine and shows line and tile', async ({ page }) => {
  const bench = new Workbench(page)
  await bench.open()
  await bench.clickLine('aie::store_v')
  await page.keyboard.press('F9')
  await expect(page.locator('.breakpoint').first()).toBeVisible()
  await bench.press('run.start')
  await bench.atRest()
  await bench.perform('Continue to a breakpoint or the end')
  await expect(page.getByTestId('status')).toContainText(/breakpoint/i, { timeout: 30_000 })
  await expect(page.locator('.line-current').first()).toBeAttached()
  await expect(page.getByRole('complementary', { name: 'Inspector' })).toContainText(/Core \(/)
  bench.expectNoTroubles()
})

test('time can be dragged back, and stepping forward and back returns to the same moment', async ({
  page,
}) => {
  const bench = new Workbench(page)
  await bench.open()
  const before = await bench.cycle()
  const playhead = page.getByRole('slider', { name: /playhead|moment|time/i }).first()
  const box = (await playhead.boundingBox())!
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await page.mouse.down()
  await page.mouse.move(box.x - 150, box.y + box.height / 2, { steps: 6 })
  await page.mouse.up()
  // The last move of the hand may still be on its way to the worker when the page is at rest for the first time.
  const settles = async () => {
    await bench.atRest()
    const at = await bench.cycle()
    await page.waitForTimeout(400)
    return at < before && (await bench.cycle()) === at
  }
  await expect.poll(settles).toBe(true)
  const here = await bench.cycle()
  await bench.press('step.forward')
  await expect.poll(() => bench.cycle()).toBeGreaterThan(here)
  await bench.atRest()
  await bench.press('step.back')
  await expect.poll(() => bench.cycle()).toBeLessThanOrEqual(here)
  bench.expectNoTroubles()
})

test('an edit survives a reload', async ({ page }) => {
  const bench = new Workbench(page)
  await bench.open()
  await bench.replaceInCode('kFactor = 2', 'kFactor = 5')
  await expect(page.getByText(/Saved on this device/)).toBeVisible({ timeout: 10_000 })
  await page.reload()
  await bench.ready()
  await expect(
    (await bench.editor()).locator('.view-line').filter({ hasText: 'kFactor = 5' }),
  ).toHaveCount(1)
  bench.expectNoTroubles()
})

test('an endless kernel does not freeze the page and can be paused', async ({ page }) => {
  const bench = new Workbench(page)
  await bench.open()
  await bench.replaceInCode('event1();', 'for (;;) {}')
  await bench.perform('As fast as possible')
  await page.keyboard.press('Control+Enter')
  await page.waitForFunction(() =>
    document.querySelector('[data-action="step.forward"]')?.hasAttribute('disabled'),
  )
  await bench.press('run.toggle')
  await bench.atRest()
  const here = await bench.cycle()
  await bench.press('step.forward')
  await expect.poll(() => bench.cycle()).toBeGreaterThanOrEqual(here)
  bench.expectNoTroubles()
})
