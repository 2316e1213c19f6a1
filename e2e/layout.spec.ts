import { expect, test, type Page } from '@playwright/test'
import { Workbench } from './workbench.ts'

/** Opens a small example on a stage. */
async function openStage(page: Page, stage: string): Promise<Workbench> {
  const bench = new Workbench(page)
  await bench.open('?example=registers-pad')
  await expect(page).toHaveTitle(/registers-pad/)
  await bench.perform(`Show ${stage}`)
  return bench
}

test('a context dragged onto the columns is refused in one sentence, and keys get one accepted', async ({
  page,
}) => {
  const bench = await openStage(page, 'partitions')
  const verdict = page.getByTestId('verdict')
  const tiles = page.getByRole('spinbutton', { name: /Tiles/ })
  await tiles.fill('5')

  const from = (await page.getByTestId('draft').boundingBox())!
  const columns = (await page.getByRole('heading', { name: 'Column 1' }).boundingBox())!
  await page.mouse.move(from.x + 20, from.y + 10)
  await page.mouse.down()
  await page.mouse.move(columns.x + 10, columns.y + 60, { steps: 4 })
  await page.mouse.up()
  await expect(verdict).toContainText(/Refused\. .*5 tiles/)
  await expect(verdict).toContainText('-EINVAL')
  await expect(page.getByText('✕ refused')).toBeVisible()
  await bench.expectAccessible()

  await page.getByTestId('draft').focus()
  await page.keyboard.press('ArrowDown')
  await expect(tiles).toHaveValue('4')
  await page.keyboard.press('Enter')
  await expect(verdict).toContainText('Accepted.')
  await expect(page.getByText('draft', { exact: false }).first()).toBeVisible()
  await bench.atRest()
  await page.getByRole('tablist', { name: 'Code' }).getByRole('tab', { name: /^Host/ }).click()
  await bench.editor()
  await expect(page.getByTestId('editor')).toContainText('"hwctx": "draft", "numTiles": 4')
  await page.getByRole('button', { name: /^Undo/ }).first().click()
  await expect(page.getByTestId('editor')).not.toContainText('"hwctx": "draft"')
  bench.expectNoTroubles()
})

test('the driver is asked by real calls, and its reply has names and bytes', async ({ page }) => {
  const bench = await openStage(page, 'device')
  await expect(page.getByRole('button', { name: /check the mailbox protocol/ })).toBeVisible()
  await page.getByRole('tab', { name: 'Ask the driver' }).click()
  const checksum = await bench.cycle()
  await page.getByRole('button', { name: 'Ask', exact: true }).click()
  const reply = page.getByTestId('reply')
  await expect(reply).toContainText('The driver answers.')
  await expect(reply.getByRole('row', { name: /num_col 3/ })).toBeVisible()
  await reply.getByRole('button', { name: /num_col/ }).focus()
  await expect(reply.locator('i.lit').first()).toHaveText('03')
  await page.getByRole('button', { name: 'GET_BO_INFO' }).click()
  await page.getByRole('spinbutton', { name: /^handle/ }).fill('99')
  await page.getByRole('button', { name: 'Ask', exact: true }).click()
  await expect(reply).toContainText('-ENOENT')
  await expect(reply).toContainText('no buffer object with handle 99')
  expect(await bench.cycle()).toBe(checksum)
  await bench.expectAccessible()
  bench.expectNoTroubles()
})
