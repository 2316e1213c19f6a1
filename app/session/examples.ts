/** The example projects: plain folders beside the page, listed in one index. Nothing is fetched elsewhere. */
import type { FileBody, Project } from '../stores/document.ts'

export interface Example {
  readonly id: string
  readonly title: string
  /** One line on what it shows. */
  readonly line: string
  readonly files: readonly string[]
}

const root = './examples'

const isExample = (value: unknown): value is Example => {
  if (typeof value !== 'object' || value === null) return false
  const { id, title, line, files } = value as Record<string, unknown>
  return (
    typeof id === 'string' &&
    typeof title === 'string' &&
    typeof line === 'string' &&
    Array.isArray(files) &&
    files.every((file) => typeof file === 'string')
  )
}

async function fetchOwn(path: string): Promise<Response> {
  const response = await fetch(`${root}/${path}`)
  if (!response.ok) throw new Error(`${path} could not be read (${response.status})`)
  return response
}

/** Lists the examples; entries that are not of the right shape are left out. */
export async function listExamples(): Promise<readonly Example[]> {
  const found: unknown = await (await fetchOwn('index.json')).json()
  return Array.isArray(found) ? found.filter(isExample) : []
}

/** Text when the bytes are valid UTF-8 without zero bytes, else the bytes themselves. */
export function decodeBody(bytes: Uint8Array): FileBody {
  if (bytes.includes(0)) return bytes
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return bytes
  }
}

/** Fetches every file of one example. */
export async function fetchExample(example: Example): Promise<Project> {
  const bodies = await Promise.all(
    example.files.map(async (file) => {
      const path = `${example.id}/${file}`.split('/').map(encodeURIComponent).join('/')
      const bytes = new Uint8Array(await (await fetchOwn(path)).arrayBuffer())
      return [file, file.endsWith('.bin') ? bytes : decodeBody(bytes)] as const
    }),
  )
  return { id: example.id, title: example.title, files: Object.fromEntries(bodies) }
}
