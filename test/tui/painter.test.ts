import { expect, test } from 'bun:test'
import { createPainter } from '../../tui/painter.ts'

const painting = () => {
  const written: string[] = []
  const drains: (() => void)[] = []
  let text = 'one\ntwo'
  let isFull = false
  const stdout = {
    write: (bytes: unknown) => {
      written.push(String(bytes))
      return true
    },
    get writableNeedDrain() {
      return isFull
    },
    once: (_name: 'drain', listener: () => void) => drains.push(listener),
  }
  const painter = createPainter(stdout, () => text)
  return {
    painter,
    show: async (next: string) => {
      text = next
      painter.draw()
      painter.draw()
      await new Promise<void>((resolve) => setImmediate(resolve))
      return written.splice(0).join('')
    },
    full: (value: boolean) => {
      isFull = value
    },
    drained: () => {
      for (const each of drains.splice(0)) each()
      return written.splice(0).join('')
    },
    written,
  }
}

test('the first frame is drawn whole, and then only lines that changed', async () => {
  const { show } = painting()
  expect(await show('one\ntwo')).toContain('\u001b[1;1Hone\u001b[2;1Htwo')
  const next = await show('one\nthree')
  expect(next).toContain('\u001b[2;1Hthree')
  expect(next).not.toContain('one')
  expect(await show('one\nthree')).toBe('')
})

test('a terminal that is slow gets the newest frame, once', async () => {
  const { show, full, drained } = painting()
  full(true)
  expect(await show('old\n')).toBe('')
  expect(await show('new\n')).toBe('')
  const text = drained()
  expect(text).toContain('new')
  expect(text).not.toContain('old')
})

test('what was forgotten is drawn anew, and after the end nothing is', async () => {
  const { painter, show, written } = painting()
  await show('one\ntwo')
  painter.forget()
  expect(await show('one\ntwo')).toContain('\u001b[1;1Hone')
  painter.end()
  expect(written.splice(0)).toEqual(['\u001b[?25h'])
  expect(await show('three\n')).toBe('')
})
