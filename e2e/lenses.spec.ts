import { readFileSync } from 'node:fs'
import { expect, test } from '@playwright/test'
import { Workbench } from './workbench.ts'

/** Opens a register program in which a channel reads the mem tile without waiting until it is filled. */
async function openHasty(bench: Workbench): Promise<void> {
  const { page } = bench
  const folder = 'public/examples/registers-pad'
  const program = readFileSync(`${folder}/uc0.asm`, 'utf8')
  const hasty = program.replace('0x00000381   ; lock', '0x00000380   ; lock')
  expect(hasty).not.toBe(program)
  await page.route('**/examples/index.json', (route) =>
    route.fulfill({
      json: [{ id: 'hasty', title: 'Hasty', line: '', files: ['project.json', 'uc0.asm'] }],
    }),
  )
  await page.route('**/examples/hasty/project.json', (route) =>
    route.fulfill({ path: `${folder}/project.json` }),
  )
  await page.route('**/examples/hasty/uc0.asm', (route) => route.fulfill({ body: hasty }))
  await bench.open()
  await expect(page).toHaveTitle(/hasty/)
  await bench.press('run.end')
  await bench.atRest()
}

test('the inspector says where the cycles of a core and of a channel went', async ({ page }) => {
  const bench = new Workbench(page)
  await bench.open()
  await bench.select('Core (1,3)')
  const inspector = page.getByRole('complementary', { name: 'Inspector' })
  const table = inspector.getByRole('table', { name: /cycles since cycle/ })
  await expect(table.getByRole('row', { name: /^run/ })).toContainText('%')
  await expect(table.getByRole('row', { name: /^lock/ })).toBeVisible()
  const shares = await table.getByRole('cell').filter({ hasText: '%' }).allTextContents()
  const sum = shares.reduce((all, text) => all + Number.parseFloat(text.replace('<', '')), 0)
  expect(Math.abs(sum - 100)).toBeLessThan(1)
  await inspector.locator('.floor-plan .block').filter({ hasText: 'S2MM 0' }).click()
  await expect(inspector.getByRole('heading', { name: /S2MM 0 of \(1,3\)/ })).toBeVisible()
  await expect(table.getByRole('row', { name: /^stream empty/ })).toBeVisible()
  bench.expectNoTroubles()
})

test('a program whose locks order everything has no race', async ({ page }) => {
  const bench = new Workbench(page)
  await bench.open()
  const before = await bench.cycle()
  await bench.perform('Look for races')
  const races = page.getByRole('region', { name: 'Races', exact: true })
  await expect(races.getByRole('status')).toContainText(/^No race up to cycle/)
  await expect(races.getByRole('switch')).toBeChecked()
  expect(await bench.cycle()).toBe(before)
  bench.expectNoTroubles()
})

test('a race is a sentence whose links lead to both agents and to both moments', async ({
  page,
}) => {
  const bench = new Workbench(page)
  await openHasty(bench)
  await page.getByRole('tab', { name: /^Problems/ }).click()
  const races = page.getByRole('region', { name: 'Races', exact: true })
  await races.getByRole('switch', { name: 'Look for races' }).check()
  const item = races.getByRole('list', { name: 'Races' }).getByRole('listitem')
  await expect(item).toHaveCount(1)
  await expect(item).toContainText('nothing says who comes first')
  await expect(item).toContainText('24 words from 0x0 to 0x5f')
  for (const who of ['MM2S 0', 'S2MM 0']) {
    await item.getByRole('button', { name: `Mem (0,1) ${who}` }).click()
    await expect(page.getByRole('heading', { name: `${who} of (0,1)` })).toBeVisible()
  }
  for (const which of [0, 1]) {
    const link = item.getByRole('button', { name: /^cycle/ }).nth(which)
    const cycle = Number(((await link.textContent()) ?? '').replaceAll(/\D/g, ''))
    await link.focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => bench.cycle()).toBe(cycle)
  }
  await expect(races.getByRole('button', { name: 'Look again' })).toBeVisible()
  await races.getByRole('switch').uncheck()
  await expect(item).toHaveCount(0)
  bench.expectNoTroubles()
})

test('a race is shown on the array, until another program runs', async ({ page }) => {
  const bench = new Workbench(page)
  await openHasty(bench)
  await bench.perform('Look for races')
  const races = page.getByRole('region', { name: 'Races', exact: true })
  const array = page.getByRole('grid', { name: /^Array of/ })
  const tile = array.getByRole('gridcell', { name: /^Mem tile \(0,1\).* 1 race in its memory/ })
  await expect(tile).toHaveCount(1)
  const before = (await tile.boundingBox())!
  const show = races.getByRole('button', { name: 'Show on the array' })
  await show.click()
  await expect(show).toHaveAttribute('aria-pressed', 'true')
  await expect(page.getByLabel('Overlay')).toHaveValue('races')
  await expect(page.locator('.array-races').getByRole('status')).toContainText(/^1 race, found/)
  await expect(page.getByRole('heading', { name: /\(0,1\)/ })).toBeVisible()
  await expect.poll(async () => (await tile.boundingBox())!.width).toBeGreaterThan(before.width)

  const at = (await tile.boundingBox())!
  await page.mouse.move(at.x + at.width - 2, at.y + 1)
  const tip = page.locator('.array-tip')
  await expect(tip).toContainText('Mem (0,1) MM2S 0 reads 0x0 at cycle')
  await expect(tip).toContainText('Mem (0,1) S2MM 0 writes it at cycle')
  await expect(tip).toContainText('24 words from 0x0 to 0x5f')

  await bench.showCode('Control')
  await bench.replaceInCode('descriptor 0, with a token', 'descriptor 0 with a token')
  const note = page.locator('.array-races')
  await expect(note.getByRole('status')).toContainText('in the program before the edit')
  await expect(tile).toHaveCount(1)
  await bench.perform('As fast as possible')
  await page.keyboard.press('Control+Enter')
  await expect(note.getByRole('status')).toContainText('another program')
  await expect(races.getByRole('status')).toContainText('another program')
  await expect(tile).toHaveCount(0)
  await bench.press('run.end')
  await bench.atRest()
  await note.getByRole('button', { name: 'Look again' }).click()
  await expect(note.getByRole('status')).toContainText(/^1 race, found/)
  await expect(tile).toHaveCount(1)
  bench.expectNoTroubles()
})

for (const scheme of ['dark', 'light'] as const) {
  test(`axe finds nothing on races and shares, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme })
    const bench = new Workbench(page)
    await openHasty(bench)
    await bench.perform('Look for races')
    await expect(page.getByRole('list', { name: 'Races' })).toBeVisible()
    await page.getByRole('button', { name: 'Show on the array' }).click()
    await page.getByRole('button', { name: 'Mem (0,1) S2MM 0' }).first().click()
    await expect(page.getByRole('table', { name: /cycles since cycle/ })).toBeVisible()
    await bench.expectAccessible()
    bench.expectNoTroubles()
  })
}
