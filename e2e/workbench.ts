/** The workbench as a person uses it. */
import { AxeBuilder } from '@axe-core/playwright'
import type { ConsoleMessage, Locator, Page } from '@playwright/test'
import { expect } from '@playwright/test'

export class Workbench {
  readonly page: Page
  /** Console errors, page errors and requests to foreign hosts seen so far. */
  readonly troubles: string[] = []

  constructor(page: Page) {
    this.page = page
    page.on('console', (message: ConsoleMessage) => {
      if (message.type() === 'error') this.troubles.push(`console: ${message.text()}`)
    })
    page.on('pageerror', (error) => this.troubles.push(`page: ${error.message}`))
    page.on('request', (request) => {
      const url = new URL(request.url())
      const isOwn = request.isNavigationRequest() || url.origin === new URL(page.url()).origin
      if (/^https?:$/.test(url.protocol) && !isOwn)
        this.troubles.push(`foreign request: ${url.href}`)
      if (url.pathname.endsWith('.wasm')) this.troubles.push(`wasm: ${url.href}`)
    })
  }

  /** Opens the page and waits for the running picture. */
  async open(query = ''): Promise<void> {
    await this.page.goto(`/${query}`)
    await this.ready()
  }

  /** Waits until something is loaded and stands still. */
  async ready(): Promise<void> {
    await expect(this.cycleText).not.toHaveText('–')
    await this.atRest()
  }

  get cycleText() {
    return this.page.locator('[data-testid=moment] strong')
  }

  /** The cycle on screen. */
  async cycle(): Promise<number> {
    const text = (await this.cycleText.textContent()) ?? ''
    return Number(text.replaceAll('−', '-').replaceAll(/[^\d-]/g, ''))
  }

  /** Presses the button of an action. */
  async press(action: string): Promise<void> {
    await this.page.locator(`[data-action="${action}"]`).first().click()
  }

  /** Performs an action by name through the command palette. */
  async perform(name: string): Promise<void> {
    await this.page.keyboard.press('F1')
    await this.page.getByRole('combobox', { name: 'Command' }).fill(name)
    await this.page
      .getByRole('listbox', { name: 'Commands' })
      .getByRole('option', { name })
      .first()
      .click()
  }

  /** The Monaco editor, once it has replaced the plain text. */
  async editor() {
    const editor = this.page.locator('[data-testid=editor] .monaco-editor').first()
    await expect(editor).toBeVisible({ timeout: 20_000 })
    return editor
  }

  /** Shows one of the code tabs. */
  async showCode(tab: string): Promise<void> {
    await this.page.getByRole('tab', { name: new RegExp(`^${tab}`) }).click()
  }

  /** Shows one of the files under the tab. */
  async showFile(file: string): Promise<void> {
    await this.page.getByRole('combobox', { name: 'File', exact: true }).selectOption(file)
    await this.editor()
  }

  /** A line of the code. Only lines in sight exist: the file is paged through until it is one of them. */
  private async lineWith(text: string): Promise<Locator> {
    const editor = await this.editor()
    const line = editor.locator('.view-line').filter({ hasText: text }).first()
    const isInSight = () =>
      line.waitFor({ timeout: 2000 }).then(
        () => true,
        () => false,
      )
    if (await isInSight()) return line
    await editor
      .locator('.view-lines')
      .first()
      .click({ position: { x: 4, y: 4 } })
    await this.page.keyboard.press('Control+Home')
    for (let turn = 0; turn < 20 && !(await isInSight()); turn++) {
      await this.page.keyboard.press('PageDown')
    }
    return line
  }

  /** Replaces text in the file that the editor shows. */
  async replaceInCode(find: string, by: string): Promise<void> {
    const line = await this.lineWith(find)
    // The middle of a long line lies beyond the right edge.
    await line.click({ position: { x: 40, y: 8 } })
    await this.page.keyboard.press('Home')
    const text = ((await line.textContent()) ?? '').replaceAll('\u00a0', ' ')
    await this.page.keyboard.press('Shift+End')
    await this.page.keyboard.insertText(text.trimStart().replace(find, by))
  }

  /** Puts the cursor on a line of the code. */
  async clickLine(text: string): Promise<void> {
    await (await this.lineWith(text)).click()
  }

  /** Selects a tile by the name that the array speaks, `Core (1,3)`. */
  async select(tile: string): Promise<void> {
    const cell = this.page
      .getByRole('grid', { name: /^Array of/ })
      .getByRole('gridcell', { name: tile })
    await cell.focus()
    await this.page.keyboard.press('Enter')
  }

  /** The list of registers of a tile in the inspector. */
  registers(tile: string) {
    return this.page.getByRole('treegrid', { name: `Registers of ${tile}` })
  }

  /** How many registers the list shows. */
  async registerCount(): Promise<number> {
    const tools = this.page.locator('.registers-tools').getByRole('status')
    const text = (await tools.textContent()) ?? ''
    return Number(text.split(' of ')[0]?.replaceAll(/\D/g, ''))
  }

  /** Goes to cycle 0. */
  async toStart(): Promise<void> {
    await this.press('run.start')
    await expect.poll(() => this.cycle()).toBe(0)
    await this.atRest()
  }

  /** Runs on; somewhere later a breakpoint stops the machine. */
  async continueToBreakpoint(): Promise<void> {
    const before = await this.cycle()
    await this.perform('Continue to a breakpoint or the end')
    await expect.poll(() => this.cycle(), { timeout: 30_000 }).toBeGreaterThan(before)
    await expect(this.page.getByTestId('status')).toContainText(/breakpoint/i, { timeout: 30_000 })
    await this.atRest()
  }

  /** Waits until the machine stands still. */
  async atRest(): Promise<void> {
    await expect(this.page.locator('[data-action="step.forward"]').first()).toBeEnabled({
      timeout: 30_000,
    })
  }

  /** Looks for what would lock somebody out: everything that WCAG 2.2 AA demands and axe can see. */
  async expectAccessible(): Promise<void> {
    const { violations } = await new AxeBuilder({ page: this.page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
      .analyze()
    expect(
      violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`),
    ).toEqual([])
  }

  expectNoTroubles(): void {
    expect(this.troubles).toEqual([])
  }
}
