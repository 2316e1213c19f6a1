import { expect, test } from '@playwright/test'
import { Workbench } from './workbench.ts'

test('a register is found by name, says what it holds and where that is known from', async ({
  page,
}) => {
  const bench = new Workbench(page)
  await bench.open()
  await bench.select('Core (1,3)')
  await bench.perform('Show registers of the selection')
  const list = bench.registers('tile[1,3]')
  await expect(list.getByRole('row', { name: /^Core \d+/ })).toBeVisible()

  await page.getByRole('searchbox', { name: 'Filter registers' }).fill('core_control')
  await list.focus()
  await page.keyboard.press('End')
  const row = list.getByRole('row', { name: /^Core_Control/ })
  await expect(row).toHaveAttribute('aria-selected', 'true')
  await expect(row).toContainText('+0xa3000')
  await expect(row).toContainText('0x00000001')
  await expect(row).toContainText('enable 1')
  await expect(row).toHaveAttribute('aria-description', /Source: .*AIE4 control programs/)
  await expect(page.getByTestId('register-source')).toContainText('AIE4 control programs')
  await expect(page.getByRole('button', { name: 'Copy address 0x27a3000' })).toBeVisible()

  await page.keyboard.press('ArrowRight')
  await expect(row).toHaveAttribute('aria-expanded', 'true')
  await page.keyboard.press('ArrowRight')
  const fields = list.locator('[aria-level="3"]')
  await expect(fields).toContainText('reset')
  await expect(fields).toContainText('after reset 0x00000002')
  bench.expectNoTroubles()
})

test('a step marks the registers that it changed', async ({ page }) => {
  const bench = new Workbench(page)
  await bench.open()
  await bench.select('Core (1,3)')
  await bench.perform('Show registers of the selection')
  const list = bench.registers('tile[1,3]')
  await page.getByRole('searchbox', { name: 'Filter registers' }).fill('timer_low')
  const timer = list.getByRole('row', { name: /Timer_Low/ })
  await expect(timer).toBeVisible()
  await expect(timer).not.toContainText('changed')
  await bench.press('step.forward')
  await expect(timer).toContainText('changed')
  bench.expectNoTroubles()
})

test('the registers of a channel lead to it, and only what differs from reset can be shown', async ({
  page,
}) => {
  const bench = new Workbench(page)
  await bench.open()
  await bench.select('Mem tile (0,1)')
  await bench.perform('Show registers of the selection')
  const list = bench.registers('tile[0,1]')
  await expect(list.getByRole('row', { name: /^MM2S 0/ })).toBeVisible()
  const all = await bench.registerCount()
  expect(all).toBeGreaterThan(3000)
  expect(await list.getByRole('row').count()).toBeLessThan(60)
  await page.getByRole('checkbox', { name: 'Non-default only' }).check()
  await expect.poll(() => bench.registerCount()).toBeLessThan(all)

  await page.getByRole('searchbox', { name: 'Filter registers' }).fill('mm2s_0_bd0_1')
  await list.getByRole('row', { name: /BD0_1/ }).first().hover()
  await page.getByRole('region', { name: 'About the register' }).getByText('tile[0,1].dma').click()
  await expect(page.getByRole('heading', { name: /MM2S 0 of \(0,1\)/ })).toBeVisible()
  bench.expectNoTroubles()
})

for (const scheme of ['dark', 'light'] as const) {
  for (const width of [1440, 800]) {
    test(`axe finds nothing on the registers, ${scheme}, ${width} px wide`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme })
      await page.setViewportSize({ width, height: width === 800 ? 1132 : 900 })
      const bench = new Workbench(page)
      await bench.open()
      await bench.perform('Show registers of the selection')
      const list = page.getByRole('treegrid', { name: /^Registers of/ })
      await list.focus()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowRight')
      await expect(list.locator('[aria-level="3"]')).toBeVisible()
      await bench.expectAccessible()
      bench.expectNoTroubles()
    })
  }
}
