import { text } from '../parameter.ts'
import { defineTool, structured } from '../tool.ts'

const line = { type: 'string' }

export const sendEmail = defineTool({
  name: 'send_email',
  title: 'Send an email (pretended)',
  description:
    'Pretends to send an email: nothing leaves this machine. Answers with the message as it would' +
    ' have been sent.',
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: true,
  },
  parameters: {
    to: text('The address of the recipient', {
      maxLength: 254,
      pattern: /^[^\s@]+@[^\s@]+$/,
      example: 'ada.byron@example.com',
    }),
    subject: text('The subject line', { maxLength: 200 }),
    body: text('The text of the message', { maxLength: 20_000 }),
  },
  outputSchema: {
    type: 'object',
    properties: {
      sent: { type: 'boolean', description: 'Always false: this tool only pretends' },
      message_id: line,
      date: { type: 'string', format: 'date-time' },
      to: line,
      subject: line,
      body: line,
    },
    required: ['sent', 'message_id', 'date', 'to', 'subject', 'body'],
    additionalProperties: false,
  },
  run: ({ to, subject, body }, { world, log }) => {
    log('notice', `Pretended to send an email to ${to}`)
    const unique = Math.floor(world.random() * 2 ** 48)
      .toString(16)
      .padStart(12, '0')
    return structured({
      sent: false,
      message_id: `<${unique}@demo.example.com>`,
      date: new Date(world.now()).toISOString(),
      to,
      subject,
      body,
    })
  },
})
