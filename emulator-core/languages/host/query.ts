/** The step `query`: a question to the driver, and the buffer that its reply becomes. */
import type { HostAction } from '../../artifacts/host-program.ts'
import { maxBufferBytes } from './contents.ts'
import type { Fields } from './reader.ts'
import type { Steps } from './steps.ts'

const maxWord = 2 ** 32 - 1

/** Reads `{client, array, elementSize, numElement, into}` or `{client, info, bufferSize, into}`. */
export function query(steps: Steps, fields: Fields): HostAction | undefined {
  const client = steps.ref(fields, 'client')
  const name = fields.needText('into')
  const isArray = fields.has('array')
  if (!isArray && !fields.has('info')) fields.missing('array')
  const word = (key: string): number | undefined => {
    if (!fields.has(key)) fields.missing(key)
    return fields.integer(key, 0, maxWord)?.value
  }
  const param = isArray ? word('array') : fields.integer('info', 0, maxWord)?.value
  const size = word(isArray ? 'elementSize' : 'bufferSize')
  const elements = isArray ? word('numElement') : 1
  if (!name) return undefined
  const room = (size ?? 0) * (elements ?? 0)
  if (room > maxBufferBytes) {
    fields.bad('into', name.at, `at most ${maxBufferBytes} bytes`, `${room} bytes`)
  }
  const owner = client ?? -1
  const bo = steps.names.reply(name, owner, room)
  if (client === undefined || param === undefined || size === undefined || elements === undefined) {
    return undefined
  }
  return { do: 'query', client, of: isArray ? 'array' : 'info', param, size, elements, bo }
}
