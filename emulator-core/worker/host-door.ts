/** Host door: answers the questions about the host's side. */
import { hostNow, queueNow } from './host-now.ts'
import { memoryNow } from './memory-now.ts'
import { monitorNow } from './monitor-now.ts'
import type { Replies, Request } from './protocol.ts'
import type { Studio } from './studio.ts'

type HostQuestion = 'hostNow' | 'queueNow' | 'memoryNow' | 'memoryStory' | 'monitorNow'
type Answer = Partial<Omit<Replies[HostQuestion], 'epoch'>>

/** The answer, or nothing while there is no machine. */
export function answerHost(
  studio: Studio,
  request: Extract<Request, { name: HostQuestion }>,
): Answer {
  const { machine, story } = studio
  if (!machine || !story) return {}
  story.follow()
  switch (request.name) {
    case 'hostNow':
      return { now: hostNow(machine, story) }
    case 'queueNow':
      return { now: queueNow(machine, story, request.body.context, request.body.packet) }
    case 'memoryNow':
      return { now: memoryNow(machine, story) }
    case 'memoryStory': {
      const told = story.memory.story()
      return told.version === request.body.known ? {} : { story: told }
    }
    case 'monitorNow':
      return { now: monitorNow(machine) }
  }
}
