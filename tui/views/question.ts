import { type Line, line, lineWidth, type Piece } from '../line.ts'
import type { Question } from '../state.ts'
import { wrap } from '../text.ts'

/** What is asked and how it can be answered, on as many lines as it takes: none of it is ever cut. */
export const questionLines = ({ text, answers }: Question, columns: number): readonly Line[] => {
  const ways = answers.map(({ key, label }): readonly Piece[] => [[` ${key}`, 'key'], ` ${label} `])
  const whole = line([` ${text} `, 'strong'], ...ways.flat())
  if (lineWidth(whole) <= columns) return [whole]
  const lines: Piece[][] = [[]]
  for (const way of ways) {
    const last = lines.at(-1) ?? []
    if (last.length > 0 && lineWidth(line(...last, ...way)) > columns) lines.push([...way])
    else last.push(...way)
  }
  return [
    ...wrap(text, columns - 2).map((part) => line([` ${part}`, 'strong'])),
    ...lines.map((pieces) => line(...pieces)),
  ]
}
