import { expect, test, type Page } from '@playwright/test'
import { Workbench } from './workbench.ts'

/** Opens an example with its control code on show. */
async function openControl(page: Page, example: string): Promise<Workbench> {
  const bench = new Workbench(page)
  await bench.open(`?example=${example}`)
  await expect(page).toHaveTitle(new RegExp(example))
  await bench.showCode('Control')
  await bench.editor()
  return bench
}

const effects = (page: Page, file: string) =>
  page.getByRole('listbox', { name: `What the lines of ${file} do` })

const line = (page: Page, text: string | RegExp) =>
  page.locator('.view-line').filter({ hasText: text }).first()

/** Near the start of a line: the middle of a long one lies beyond the right edge. */
const atStart = { position: { x: 40, y: 8 } }

/** One screen further down, drawn. */
async function pageDown(page: Page): Promise<void> {
  await page.keyboard.press('PageDown')
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  )
}

/** Brings a line of the code into sight, from the top downwards, with the cursor near it. */
async function showLine(page: Page, text: string | RegExp) {
  await page.locator('[data-testid=editor]').getByRole('textbox').first().focus()
  await page.keyboard.press('Control+Home')
  await expect(page.locator('.line-numbers').getByText('1', { exact: true })).toBeVisible()
  for (let at = 0; at < 20 && !(await line(page, text).isVisible()); at++) await pageDown(page)
  await expect(line(page, text)).toBeVisible()
  return line(page, text)
}

/** The place of a breakpoint beside a line. */
async function clickGutter(page: Page, text: string | RegExp): Promise<void> {
  await showLine(page, text)
  const box = (await line(page, text).boundingBox())!
  const editor = (await page.getByTestId('editor').boundingBox())!
  await page.mouse.click(editor.x + 8, box.y + box.height / 2)
}

test('completion offers operations, then what each operand takes', async ({ page }) => {
  const bench = await openControl(page, 'registers-pad')
  await (await showLine(page, 'START_JOB 0')).click(atStart)
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  const list = page.locator('.suggest-widget')
  await page.keyboard.type('WAIT_T')
  await expect(list.getByRole('option', { name: /WAIT_TCTS/ })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(list.getByRole('option', { name: /tile_0_0/ })).toBeVisible()
  await page.keyboard.type('tile_0_0, ')
  await expect(list.getByRole('option', { name: /shim_s2mm_0/ })).toBeVisible()
  await expect(list.getByRole('option', { name: /mem_s2mm_0/ })).toHaveCount(0)
  await expect(page.locator('.parameter-hints-widget')).toContainText('actor')
  bench.expectNoTroubles()
})

test('a hover says what a line does, what its operation is and what its operands mean', async ({
  page,
}) => {
  const bench = await openControl(page, 'registers-pad')
  await showLine(page, 'START_JOB 0')
  await page.getByText('WRITE_32', { exact: true }).first().hover()
  const hover = page.locator('.monaco-hover:visible').first()
  await expect(hover).toContainText('switch: MM2S 0 on')
  await expect(hover).toContainText('uC 0, page 0')
  await expect(hover).toContainText('12')
  bench.expectNoTroubles()
})

test('the effect column says what lines write, and leads to what they touch', async ({ page }) => {
  const bench = await openControl(page, 'three-controllers')
  const column = effects(page, 'uc0.asm')
  await expect(column.getByRole('option').first()).toBeVisible()
  await column.focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  const active = column.getByRole('option', { selected: true })
  await expect(active).toBeVisible()
  await expect(column).toHaveAttribute(
    'aria-activedescendant',
    (await active.getAttribute('id')) ?? 'none',
  )
  await page.keyboard.press('End')
  await expect(active).toHaveAttribute('aria-label', /word|address|length/i)

  await showLine(page, 'MASK_POLL_32')
  const start = column.getByRole('option', { name: /BD 0 start, S2MM 0 of mem \[0,1\]/ })
  await start.click()
  await expect(page.getByRole('complementary', { name: 'Inspector' })).toContainText(
    /S2MM 0 of \(0,1\)/,
  )
  await page.getByRole('button', { name: 'Effects' }).click()
  await expect(column).toHaveCount(0)
  bench.expectNoTroubles()
})

test('a line that waits says so in the effect column', async ({ page }) => {
  const bench = await openControl(page, 'double')
  await expect(effects(page, 'uc0.asm').locator('.waits')).toHaveText('0 of 1 tokens')
  bench.expectNoTroubles()
})

test('breakpoints from the gutter stop at jobs, at operations and at barriers', async ({
  page,
}) => {
  const bench = await openControl(page, 'three-controllers')
  const inspector = page.getByRole('complementary', { name: 'Inspector' })
  await bench.toStart()
  await clickGutter(page, 'START_JOB 1')
  await expect(page.locator('.breakpoint')).toHaveCount(1)
  await bench.continueToBreakpoint()
  await expect(page.locator('.line-current').first()).toBeAttached()
  await expect(inspector.getByRole('heading', { name: 'uC 0' })).toBeVisible()
  await clickGutter(page, 'START_JOB 1')
  await expect(page.locator('.breakpoint')).toHaveCount(0)

  // The first click stops at the line, the second at the barrier, the third nowhere.
  await clickGutter(page, /REMOTE_BARRIER/)
  await expect(page.locator('.breakpoint:not(.barrier)')).toHaveCount(1)
  await clickGutter(page, /REMOTE_BARRIER/)
  await expect(page.locator('.breakpoint.barrier')).toHaveCount(1)
  const uc = new Set<string | null>()
  for (let stop = 0; stop < 3; stop++) {
    await bench.continueToBreakpoint()
    await expect(inspector).toContainText('REMOTE_BARRIER')
    uc.add(await inspector.getByRole('heading').first().textContent())
  }
  expect(uc.size).toBeGreaterThan(1)
  await bench.showFile('uc0.asm')
  await clickGutter(page, /REMOTE_BARRIER/)
  await expect(page.locator('.breakpoint')).toHaveCount(0)
  bench.expectNoTroubles()
})

for (const uc of [0, 4]) {
  test(`uC ${uc} steps by operation, forwards and back over the same operations`, async ({
    page,
  }) => {
    const bench = await openControl(page, 'three-controllers')
    await bench.showFile(`uc${uc}.asm`)
    await bench.toStart()
    await (await showLine(page, 'WRITE_32')).click(atStart)
    await page.keyboard.press('F9')
    await bench.continueToBreakpoint()
    // A breakpoint stops between operations; steps stop behind them.
    const stopped = await bench.cycle()
    await bench.press('step.forward')
    await expect.poll(() => bench.cycle()).toBeGreaterThan(stopped)
    await bench.atRest()
    const inspector = page.getByRole('complementary', { name: 'Inspector' })
    await expect(inspector.getByRole('heading', { name: `uC ${uc}` })).toBeVisible()
    await expect(page.locator('[data-action="step.forward"]').first()).toContainText('Operation')
    const place = inspector.locator('.place-line')
    const seen: [number, string | null][] = [[await bench.cycle(), await place.textContent()]]
    for (let step = 0; step < 4; step++) {
      const before = await bench.cycle()
      await bench.press('step.forward')
      await expect.poll(() => bench.cycle()).toBeGreaterThan(before)
      await bench.atRest()
      await expect(place).not.toHaveText(seen.at(-1)?.[1] ?? '')
      seen.push([await bench.cycle(), await place.textContent()])
    }
    for (const [cycle, where] of seen.slice(0, -1).toReversed()) {
      await bench.press('step.back')
      await expect.poll(() => bench.cycle()).toBe(cycle)
      await bench.atRest()
      await expect(place).toHaveText(where ?? '')
    }
    bench.expectNoTroubles()
  })
}

test('pages as bytes light their source, and the source lights them', async ({ page }) => {
  const bench = await openControl(page, 'registers-pad')
  await page.getByRole('button', { name: 'Bytes', exact: true }).click()
  const pages = page.getByRole('region', { name: 'Pages as bytes' })
  const bytes = pages.getByRole('listbox', { name: 'Bytes of page 0 of uC 0' })
  await expect(pages).toContainText('page 0 of 1')
  await (await showLine(page, 'START_JOB 0')).click(atStart)
  const job = bytes.getByRole('option', { name: /START_JOB 0 · 8 bytes/ })
  await expect(job).toHaveAttribute('aria-selected', 'true')

  await line(page, 'WRITE_32 0x00008040').hover(atStart)
  await expect(bytes.locator('.piece.lit').first()).toHaveAttribute('aria-label', /0x00008040/)
  await expect(pages.locator('.page-words')).toContainText('switch: MM2S 0 on')

  const piece = bytes.getByRole('option', { name: /WRITE_32 0x00008020/ })
  await piece.hover()
  await expect(page.locator('.view-overlays .line-lit')).toHaveCount(1)
  await piece.click()
  await expect(piece).toHaveAttribute('aria-selected', 'true')
  await bytes.focus()
  await page.keyboard.press('End')
  await expect(bytes.getByRole('option', { selected: true })).toHaveAttribute(
    'aria-label',
    /zeros up to the end/,
  )
  await page.keyboard.press('ArrowLeft')
  await expect(bytes.getByRole('option', { selected: true })).toHaveAttribute(
    'aria-label',
    /\.long/,
  )
  await page.keyboard.press('Enter')
  await expect(page.locator('.monaco-editor.focused')).toBeVisible()
  bench.expectNoTroubles()
})

test('bytes follow what is typed before the machine has it', async ({ page }) => {
  const bench = await openControl(page, 'registers-pad')
  await page.getByRole('button', { name: 'Bytes', exact: true }).click()
  const pages = page.getByTestId('pages')
  await expect(pages).toContainText('bytes used')
  await showLine(page, 'WRITE_32 0x00008040')
  await bench.replaceInCode('WRITE_32 0x00008040', 'WRITE_32 0x00008044')
  await expect(pages).toContainText('not loaded yet')
  await expect(pages.getByRole('option', { name: /0x00008044/ })).toBeVisible()
  bench.expectNoTroubles()
})

test('the control code of a build can be copied, edited, run in its place and given up', async ({
  page,
}) => {
  const bench = await openControl(page, 'vector-add')
  await page.getByRole('tab', { name: /^Results/ }).click()
  const row = page.getByTestId('result-c')
  await bench.press('control.copy')
  await expect(page.locator('.file-row')).toContainText('control/uc0.asm')
  await page.getByRole('button', { name: 'Effects' }).click()
  await page.keyboard.press('Control+Enter')
  await expect(row).toContainText('256 of', { timeout: 30_000 })

  // The first input twice: what is added is no longer what was asked for.
  await showLine(page, ', 1, 1 ')
  await bench.replaceInCode(', 1, 1 ', ', 1, 0 ')
  await page.keyboard.press('Control+Enter')
  await expect(row).toContainText('differs', { timeout: 30_000 })

  await bench.press('control.return')
  await expect(page.locator('.file-row')).not.toContainText('control/uc0.asm')
  await bench.atRest()
  await bench.press('run.end')
  await bench.perform('Continue to a breakpoint or the end')
  await expect(row).toContainText('256 of', { timeout: 30_000 })
  await bench.press('edit.undo')
  await expect(page.locator('.file-row')).toContainText('control/uc0.asm')
  bench.expectNoTroubles()
})

test('mistakes in control code are problems at their place, leniency a warning', async ({
  page,
}) => {
  const bench = await openControl(page, 'registers-pad')
  await page.getByRole('tab', { name: /^Problems/ }).click()
  await showLine(page, 'WRITE_32 0x00109F70, 7')
  await bench.replaceInCode('WRITE_32 0x00109F70, 7', 'WRITE_32 0x00109F70, 7, 8')
  await expect(page.locator('.problems-row')).toContainText('1 warning')
  await expect(page.locator('.squiggly-warning')).toHaveCount(1)
  await bench.replaceInCode('WRITE_32 0x00109F70, 7, 8', 'WRITE_33 0x00109F70, 7')
  await expect(page.locator('.problems-row')).toContainText('1 error')
  await expect(page.locator('.squiggly-error')).toHaveCount(1)
  await expect(page.getByTestId('effects')).toContainText('last sources without mistakes')
  bench.expectNoTroubles()
})

for (const scheme of ['dark', 'light'] as const) {
  for (const size of [
    { width: 1440, height: 900 },
    { width: 800, height: 1132 },
  ]) {
    test(`axe finds nothing in control code, ${scheme}, ${size.width} px wide`, async ({
      page,
    }) => {
      await page.emulateMedia({ colorScheme: scheme })
      await page.setViewportSize(size)
      const bench = new Workbench(page)
      await bench.open('?example=three-controllers')
      if (size.width < 900) await page.getByRole('tab', { name: /^Code/ }).click()
      await bench.showCode('Control')
      await bench.editor()
      await page.getByRole('button', { name: 'Bytes', exact: true }).click()
      await expect(page.getByTestId('pages').locator('.piece').first()).toBeVisible()
      await bench.expectAccessible()
      bench.expectNoTroubles()
    })
  }
}
